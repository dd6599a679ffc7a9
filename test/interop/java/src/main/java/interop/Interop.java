package interop;

import com.google.common.util.concurrent.ListenableFuture;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * AWS's own Java libraries against the simulator: the SDK in CBOR, then the KPL through a reshard,
 * and the KCL until it has everything, with classic reads and with fan-out. Ends with status 0 when
 * every record that was put was read.
 *
 * Arguments: the simulator's endpoint, its port, the endpoint of a DynamoDB, and a folder for {@link
 * Producers}; one more, and nothing else is run.
 */
public final class Interop {
  private static final int RECORDS = 2_000;
  private static final Region REGION = Region.US_EAST_1;
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any"));

  private final URI kinesisEndpoint;
  private final int port;
  private final URI dynamoDbEndpoint;
  final KinesisClient kinesis;

  Interop(String[] args) {
    kinesisEndpoint = URI.create(args[0]);
    port = Integer.parseInt(args[1]);
    dynamoDbEndpoint = URI.create(args[2]);
    kinesis =
        KinesisClient.builder()
            .endpointOverride(kinesisEndpoint)
            .region(REGION)
            .credentialsProvider(CREDENTIALS)
            .build();
  }

  public static void main(String[] args) throws Exception {
    Interop interop = new Interop(args);
    if (args.length == 4) {
      interop.sdk();
      interop.produceAndConsume("classic", false);
      interop.produceAndConsume("fan-out", true);
    }
    new Producers(interop, args[3]).run();
    System.exit(0);
  }

  private void sdk() {
    String stream = "sdk";
    kinesis.createStream(request -> request.streamName(stream).shardCount(1));
    byte[] bytes = {0, (byte) 0xff, 'a'};
    PutRecordsRequestEntry entry =
        PutRecordsRequestEntry.builder()
            .partitionKey("é")
            .data(SdkBytes.fromByteArray(bytes))
            .build();
    kinesis.putRecords(request -> request.streamName(stream).records(entry, entry));
    String shard = kinesis.listShards(request -> request.streamName(stream)).shards().get(0).shardId();
    String iterator =
        kinesis
            .getShardIterator(
                request ->
                    request
                        .streamName(stream)
                        .shardId(shard)
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    var records = kinesis.getRecords(request -> request.shardIterator(iterator)).records();
    check(records.size() == 2, "the SDK reads what it put");
    check(records.get(0).data().equals(SdkBytes.fromByteArray(bytes)), "data is what it was");
    long age = System.currentTimeMillis() - records.get(0).approximateArrivalTimestamp().toEpochMilli();
    check(Math.abs(age) < 60_000, "the arrival is a time of today");
    try {
      kinesis.describeStream(request -> request.streamName("lost"));
      check(false, "a stream that is not there is not described");
    } catch (ResourceNotFoundException refusal) {
      check(refusal.getMessage().contains("Stream lost under account"), "errors have their text");
    }
    System.out.println("SDK: put, list, read, refuse");
  }

  private void produceAndConsume(String name, boolean fanOut) throws Exception {
    String stream = "kpl-" + name;
    kinesis.createStream(request -> request.streamName(stream).shardCount(2));
    Set<String> wanted = ConcurrentHashMap.newKeySet();
    KinesisProducer producer = producer();
    produce(producer, stream, 0, RECORDS / 2, wanted);
    kinesis.splitShard(
        request ->
            request
                .streamName(stream)
                .shardToSplit("shardId-000000000000")
                .newStartingHashKey("12345678901234567890"));
    produce(producer, stream, RECORDS / 2, RECORDS, wanted);
    producer.flushSync();
    producer.destroy();
    System.out.println("KPL, " + name + ": put " + wanted.size() + " records through a split");
    consume(stream, fanOut, wanted, name);
  }

  KinesisProducer producer() {
    KinesisProducerConfiguration configuration =
        new KinesisProducerConfiguration()
            .setRegion(REGION.id())
            .setCredentialsProvider(CREDENTIALS)
            .setKinesisEndpoint("127.0.0.1")
            .setKinesisPort(port)
            .setCloudwatchEndpoint("127.0.0.1")
            .setCloudwatchPort(port)
            .setStsEndpoint("127.0.0.1")
            .setStsPort(port)
            .setVerifyCertificate(false)
            .setRecordTtl(120_000);
    return new KinesisProducer(configuration);
  }

  private static void produce(
      KinesisProducer producer, String stream, int from, int to, Set<String> wanted)
      throws Exception {
    List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
    for (int i = from; i < to; i++) {
      String value = "record " + i;
      wanted.add(value);
      ByteBuffer data = ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
      results.add(producer.addUserRecord(stream, "key " + i, data));
    }
    for (ListenableFuture<UserRecordResult> result : results) {
      check(result.get().isSuccessful(), "the KPL puts every record");
    }
  }

  private void consume(String stream, boolean fanOut, Set<String> wanted, String name)
      throws Exception {
    Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    Set<String> ended = ConcurrentHashMap.newKeySet();
    Scheduler scheduler = read(stream, fanOut, () -> new Counter(seen, ended));
    long deadline = System.currentTimeMillis() + 180_000;
    while (!(seen.keySet().containsAll(wanted) && ended.contains("shardId-000000000000"))) {
      check(System.currentTimeMillis() < deadline, "the KCL read " + seen.size() + " of " + wanted.size());
      Thread.sleep(200);
    }
    check(seen.size() == wanted.size(), "the KCL reads nothing that was not put");
    long twice = seen.values().stream().filter(count -> count.get() > 1).count();
    System.out.println("KCL, " + name + ": read " + seen.size() + " records to the end of the split shard, " + twice + " of them more than once");
    scheduler.startGracefulShutdown().get();
  }

  /** A running KCL, from the stream's beginning. */
  Scheduler read(String stream, boolean fanOut, ShardRecordProcessorFactory processors) {
    KinesisAsyncClient client =
        KinesisClientUtil.createKinesisAsyncClient(
            KinesisAsyncClient.builder()
                .endpointOverride(kinesisEndpoint)
                .region(REGION)
                .credentialsProvider(CREDENTIALS));
    DynamoDbAsyncClient leases =
        DynamoDbAsyncClient.builder()
            .endpointOverride(dynamoDbEndpoint)
            .region(REGION)
            .credentialsProvider(CREDENTIALS)
            .build();
    CloudWatchAsyncClient metrics =
        CloudWatchAsyncClient.builder()
            .endpointOverride(kinesisEndpoint)
            .region(REGION)
            .credentialsProvider(CREDENTIALS)
            .build();
    InitialPositionInStreamExtended position =
        InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
    ConfigsBuilder configs =
        new ConfigsBuilder(
            new SingleStreamTracker(stream, position),
            "interop-" + stream,
            client,
            leases,
            metrics,
            UUID.randomUUID().toString(),
            processors);
    var retrieval =
        configs
            .retrievalConfig()
            .retrievalSpecificConfig(
                fanOut
                    ? new FanOutConfig(client).streamName(stream).applicationName("interop")
                    : new PollingConfig(stream, client));
    Scheduler scheduler =
        new Scheduler(
            configs.checkpointConfig(),
            configs.coordinatorConfig().parentShardPollIntervalMillis(500).shardConsumerDispatchPollIntervalMillis(200),
            configs.leaseManagementConfig().shardSyncIntervalMillis(1_000).leasesRecoveryAuditorExecutionFrequencyMillis(1_000),
            configs.lifecycleConfig(),
            configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
            configs.processorConfig(),
            retrieval);
    Thread worker = new Thread(scheduler, "scheduler");
    worker.setDaemon(true);
    worker.start();
    return scheduler;
  }

  static void check(boolean holds, String what) {
    if (holds) return;
    System.err.println("It does not hold that " + what);
    System.exit(1);
  }

  /** Counts how often each record is processed, and notes the shards that were read to their end. */
  private static final class Counter implements ShardRecordProcessor {
    private final Map<String, AtomicInteger> seen;
    private final Set<String> ended;
    private String shardId;

    private Counter(Map<String, AtomicInteger> seen, Set<String> ended) {
      this.seen = seen;
      this.ended = ended;
    }

    @Override
    public void initialize(InitializationInput input) {
      shardId = input.shardId();
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
      for (KinesisClientRecord record : input.records()) {
        String value = StandardCharsets.UTF_8.decode(record.data()).toString();
        seen.computeIfAbsent(value, first -> new AtomicInteger()).incrementAndGet();
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
