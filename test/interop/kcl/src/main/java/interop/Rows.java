package interop;

import java.util.Set;
import java.util.TreeSet;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.TableCreatorCallback;

/** The rows of a lease table as the KCL 2 reads them. */
public final class Rows {
  private Rows() {}

  public static void tell(DynamoDbAsyncClient tables, String application) throws Exception {
    var table =
        new DynamoDBLeaseRefresher(
            application,
            tables,
            new DynamoDBLeaseSerializer(),
            true,
            TableCreatorCallback.NOOP_TABLE_CREATOR_CALLBACK);
    for (var lease : table.listLeases()) {
      var checkpoint = lease.checkpoint();
      Fleet.say(
          String.join(
              " ",
              "lease",
              application,
              lease.leaseKey(),
              String.valueOf(lease.leaseOwner()),
              String.valueOf(lease.leaseCounter()),
              checkpoint.sequenceNumber(),
              String.valueOf(checkpoint.subSequenceNumber()),
              String.valueOf(lease.ownerSwitchesSinceCheckpoint()),
              listed(lease.parentShardIds()),
              listed(lease.childShardIds()),
              lease.hashKeyRangeForLease().serializedStartingHashKey(),
              lease.hashKeyRangeForLease().serializedEndingHashKey()));
    }
    Fleet.say("listed " + application);
  }

  private static String listed(Set<String> ids) {
    return ids.isEmpty() ? "-" : String.join(",", new TreeSet<>(ids));
  }
}
