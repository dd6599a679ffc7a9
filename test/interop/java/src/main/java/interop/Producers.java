package interop;

import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * The KPL puts what shardmill's producer has put already, through the same reshards, and the KCL reads both. What it has read of a
 * stream is written beside the input, a line for each user record in the order of processing: its key, its data in base64, its shard.
 */
final class Producers {
  private static final long QUIET_MILLIS = 4_000;

  private final Interop interop;
  private final Path folder;

  Producers(Interop interop, String folder) {
    this.interop = interop;
    this.folder = Path.of(folder);
  }

  void run() throws Exception {
    put("by-kpl");
    for (String stream : List.of("by-shardmill", "by-kpl")) read(stream);
  }

  private void put(String stream) throws Exception {
    interop.kinesis.createStream(request -> request.streamName(stream).shardCount(2));
    KinesisProducer producer = interop.producer();
    List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
    List<String> lines = Files.readAllLines(folder.resolve("input"));
    for (String line : lines) {
      if (line.startsWith("#")) {
        reshard(stream, line.split(" "));
        continue;
      }
      String[] parts = line.split(" ");
      ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
      results.add(producer.addUserRecord(stream, parts[0], data));
      // So that it knows the shards before the rest comes.
      if (results.size() == 1) results.get(0).get();
      if (results.size() % 10 == 0) Thread.sleep(5);
    }
    producer.flushSync();
    int put = 0;
    for (ListenableFuture<UserRecordResult> result : results) if (result.get().isSuccessful()) put++;
    producer.destroy();
    Files.writeString(folder.resolve("put-by-kpl"), String.valueOf(put));
  }

  private void reshard(String stream, String[] words) {
    if (words[1].equals("split")) {
      interop.kinesis.splitShard(
          request -> request.streamName(stream).shardToSplit(words[2]).newStartingHashKey(words[3]));
    } else {
      interop.kinesis.mergeShards(
          request -> request.streamName(stream).shardToMerge(words[2]).adjacentShardToMerge(words[3]));
    }
  }

  /** Until all shards were begun, the closed ones are at their end, and nothing has come for a while. */
  private void read(String stream) throws Exception {
    List<String> read = Collections.synchronizedList(new ArrayList<>());
    Set<String> begun = ConcurrentHashMap.newKeySet();
    Set<String> ended = ConcurrentHashMap.newKeySet();
    List<Shard> shards = interop.kinesis.listShards(request -> request.streamName(stream)).shards();
    Set<String> all = shards.stream().map(Shard::shardId).collect(Collectors.toSet());
    Set<String> closed =
        shards.stream()
            .filter(shard -> shard.sequenceNumberRange().endingSequenceNumber() != null)
            .map(Shard::shardId)
            .collect(Collectors.toSet());
    var scheduler = interop.read(stream, false, () -> new Lines(read, begun, ended));
    long deadline = System.currentTimeMillis() + 300_000;
    int before = -1;
    for (long quietSince = 0; ; Thread.sleep(200)) {
      long now = System.currentTimeMillis();
      Interop.check(now < deadline, "the KCL reads all shards of " + stream + ", the closed ones to their end");
      boolean isThrough = begun.containsAll(all) && ended.containsAll(closed);
      if (read.size() != before || !isThrough) quietSince = now;
      before = read.size();
      if (now - quietSince > QUIET_MILLIS) break;
    }
    scheduler.startGracefulShutdown().get();
    Files.write(folder.resolve("read-" + stream), read);
  }

  private static final class Lines implements ShardRecordProcessor {
    private final List<String> read;
    private final Set<String> begun;
    private final Set<String> ended;
    private String shardId;

    private Lines(List<String> read, Set<String> begun, Set<String> ended) {
      this.read = read;
      this.begun = begun;
      this.ended = ended;
    }

    @Override
    public void initialize(InitializationInput input) {
      shardId = input.shardId();
      begun.add(shardId);
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
      for (var record : input.records()) {
        byte[] data = new byte[record.data().remaining()];
        record.data().duplicate().get(data);
        read.add(
            record.partitionKey() + " " + Base64.getEncoder().encodeToString(data) + " " + shardId);
      }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {}

    @Override
    public void shardEnded(ShardEndedInput input) {
      try {
        input.checkpointer().checkpoint();
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
      ended.add(shardId);
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {}
  }
}
