package interop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * Workers of the KCL that do as they are told by lines of the input, and say in lines of the output what they do. The process ends with
 * its input. Arguments: the endpoints of Kinesis and of DynamoDB.
 *
 * <pre>
 * start WORKER APPLICATION STREAM FAILOVER_MILLIS [STOP_AFTER]   see Lines; -1: see Counted
 * stop WORKER                                                   as SIGTERM does: "stopped WORKER" follows
 * leases APPLICATION                                            each row as the KCL 2 reads it, then "listed APPLICATION"
 * </pre>
 */
public final class Fleet {
  private static final Region REGION = Region.US_EAST_1;
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any"));

  private final KinesisAsyncClient kinesis;
  private final DynamoDbAsyncClient tables;
  private final CloudWatchAsyncClient metrics;
  private final Map<String, Scheduler> running = new HashMap<>();

  private Fleet(URI kinesisEndpoint, URI dynamoDbEndpoint) {
    kinesis =
        KinesisClientUtil.createKinesisAsyncClient(
            KinesisAsyncClient.builder()
                .endpointOverride(kinesisEndpoint)
                .region(REGION)
                .credentialsProvider(CREDENTIALS));
    tables =
        DynamoDbAsyncClient.builder()
            .endpointOverride(dynamoDbEndpoint)
            .region(REGION)
            .credentialsProvider(CREDENTIALS)
            .build();
    metrics =
        CloudWatchAsyncClient.builder()
            .endpointOverride(kinesisEndpoint)
            .region(REGION)
            .credentialsProvider(CREDENTIALS)
            .build();
  }

  public static void main(String[] args) throws Exception {
    Fleet fleet = new Fleet(URI.create(args[0]), URI.create(args[1]));
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "start" -> fleet.start(words);
        case "stop" -> fleet.stop(words[1]);
        case "leases" -> rows().invoke(null, fleet.tables, words[1]);
        default -> throw new IllegalArgumentException(line);
      }
    }
    System.exit(0);
  }

  /** Compiled with the KCL 2 alone. */
  private static Method rows() throws ReflectiveOperationException {
    return Class.forName("interop.Rows")
        .getMethod("tell", DynamoDbAsyncClient.class, String.class);
  }

  static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
    }
  }

  private void start(String[] words) {
    String worker = words[1];
    String application = words[2];
    String stream = words[3];
    long failoverMillis = Long.parseLong(words[4]);
    long stopAfter = words.length > 5 ? Long.parseLong(words[5]) : Long.MAX_VALUE;
    InitialPositionInStreamExtended position =
        InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
    ConfigsBuilder configs =
        new ConfigsBuilder(
            new SingleStreamTracker(stream, position),
            application,
            kinesis,
            tables,
            metrics,
            worker,
            () -> stopAfter < 0 ? new Counted() : new Lines(worker, stopAfter));
    CoordinatorConfig coordinator = configs.coordinatorConfig();
    LeaseManagementConfig leases =
        configs.leaseManagementConfig().failoverTimeMillis(failoverMillis);
    PollingConfig polling = new PollingConfig(stream, kinesis);
    // What is measured runs with the KCL's own pauses, and a test does not wait for them.
    if (stopAfter >= 0) {
      coordinator.parentShardPollIntervalMillis(500).shardConsumerDispatchPollIntervalMillis(100);
      leases.shardSyncIntervalMillis(1_000).leasesRecoveryAuditorExecutionFrequencyMillis(1_000);
      quickLock(leases, failoverMillis);
      polling.idleTimeBetweenReadsInMillis(300);
    }
    Scheduler scheduler =
        new Scheduler(
            configs.checkpointConfig(),
            coordinator,
            leases,
            configs.lifecycleConfig(),
            configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
            configs.processorConfig(),
            configs.retrievalConfig().retrievalSpecificConfig(polling));
    running.put(worker, scheduler);
    Thread thread = new Thread(scheduler, worker);
    thread.setDaemon(true);
    thread.start();
  }

  /** KCL 3 has a leader, whose lock lasts two minutes and is looked at each half: here three failover times, and each. KCL 2 has none. */
  private static void quickLock(LeaseManagementConfig config, long failoverMillis) {
    try {
      set(config, "dynamoDbLockBasedLeaderLeaseDurationInMillis", 3 * failoverMillis);
      set(config, "dynamoDbLockBasedLeaderHeartbeatPeriodInMillis", failoverMillis);
    } catch (NoSuchMethodException isKcl2) {
      return;
    } catch (ReflectiveOperationException error) {
      throw new IllegalStateException(error);
    }
  }

  private static void set(LeaseManagementConfig config, String name, long millis)
      throws ReflectiveOperationException {
    LeaseManagementConfig.class.getMethod(name, long.class).invoke(config, millis);
  }

  private void stop(String worker) {
    Scheduler scheduler = running.remove(worker);
    Thread waiting =
        new Thread(
            () -> {
              try {
                scheduler.startGracefulShutdown().get();
                say("stopped " + worker);
              } catch (Exception error) {
                throw new IllegalStateException(error);
              }
            });
    waiting.setDaemon(true);
    waiting.start();
  }
}
