package interop;

import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.Attempt;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * What the KPL does under the loads of bench/producer.ts: a line of JSON for each. Arguments: the ports of a stream that takes whatever
 * comes, and of one with a shard's limits.
 */
public final class Bench {
  private static final int COUNT = 20_000;
  private static final String STREAM = "orders";

  private Bench() {}

  public static void main(String[] args) throws Exception {
    int open = Integer.parseInt(args[0]);
    int full = Integer.parseInt(args[1]);
    speed(open);
    latency(open);
    overload(full);
    System.exit(0);
  }

  private static KinesisProducerConfiguration configuration(int port) {
    return new KinesisProducerConfiguration()
        .setRegion("us-east-1")
        .setCredentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
        .setKinesisEndpoint("127.0.0.1")
        .setKinesisPort(port)
        .setCloudwatchEndpoint("127.0.0.1")
        .setCloudwatchPort(port)
        .setStsEndpoint("127.0.0.1")
        .setStsPort(port)
        .setMetricsLevel("none")
        .setVerifyCertificate(false);
  }

  private static ListenableFuture<UserRecordResult> put(KinesisProducer producer, int n) {
    byte[] data = new byte[100];
    Arrays.fill(data, (byte) n);
    return producer.addUserRecord(STREAM, "key-" + n % 1000, ByteBuffer.wrap(data));
  }

  /** All at once, until the last answer; with as much of a shard's rate as ours is given. */
  private static void speed(int port) throws Exception {
    KinesisProducer producer = new KinesisProducer(configuration(port).setRateLimit(1000));
    List<Double> millis = new ArrayList<>();
    for (int round = -2; round < 5; round++) {
      long begun = System.nanoTime();
      List<ListenableFuture<UserRecordResult>> results = new ArrayList<>(COUNT);
      for (int n = 0; n < COUNT; n++) results.add(put(producer, n));
      producer.flush();
      for (ListenableFuture<UserRecordResult> result : results) result.get();
      if (round >= 0) millis.add((System.nanoTime() - begun) / 1e6);
    }
    producer.destroy();
    say("speed", "\"ms\":" + at(millis, 0.5));
  }

  /** A record now and then. */
  private static void latency(int port) throws Exception {
    KinesisProducer producer = new KinesisProducer(configuration(port));
    put(producer, 0).get();
    List<Double> millis = Collections.synchronizedList(new ArrayList<>());
    List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
    for (int n = 0; n < 300; n++) {
      long begun = System.nanoTime();
      ListenableFuture<UserRecordResult> result = put(producer, n);
      result.addListener(() -> millis.add((System.nanoTime() - begun) / 1e6), Runnable::run);
      results.add(result);
      Thread.sleep(7);
    }
    for (ListenableFuture<UserRecordResult> result : results) result.get();
    producer.destroy();
    say("latency", "\"median\":" + at(millis, 0.5) + ",\"p99\":" + at(millis, 0.99));
  }

  /** For five seconds 2,000 records a second, one by one, into a shard that takes 1,000. */
  private static void overload(int port) throws Exception {
    KinesisProducer producer =
        new KinesisProducer(configuration(port).setAggregationEnabled(false));
    put(producer, 0).get();
    List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
    long begun = System.nanoTime();
    long rss = 0;
    while (results.size() < 10_000) {
      long due = Math.min(10_000, (System.nanoTime() - begun) / 500_000);
      while (results.size() < due) results.add(put(producer, results.size()));
      rss = Math.max(rss, rss());
      Thread.sleep(5);
    }
    producer.flush();
    long sent = 0;
    long refused = 0;
    for (ListenableFuture<UserRecordResult> result : results) {
      rss = Math.max(rss, rss());
      List<Attempt> attempts = attempts(result);
      sent += attempts.size();
      refused += attempts.stream().filter(attempt -> !attempt.isSuccessful()).count();
    }
    say("overload", "\"sent\":" + sent + ",\"refused\":" + refused + ",\"rss\":" + rss);
  }

  private static List<Attempt> attempts(ListenableFuture<UserRecordResult> result)
      throws InterruptedException {
    try {
      return result.get().getAttempts();
    } catch (java.util.concurrent.ExecutionException error) {
      if (error.getCause() instanceof software.amazon.kinesis.producer.UserRecordFailedException) {
        return ((software.amazon.kinesis.producer.UserRecordFailedException) error.getCause())
            .getResult()
            .getAttempts();
      }
      throw new IllegalStateException(error);
    }
  }

  /** Bytes that this process and the daemon hold. */
  private static long rss() throws Exception {
    ProcessHandle own = ProcessHandle.current();
    long bytes = rss(own.pid());
    for (ProcessHandle child : own.descendants().toList()) bytes += rss(child.pid());
    return bytes;
  }

  private static long rss(long pid) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
    return 0;
  }

  private static double at(List<Double> values, double share) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get((int) (share * (sorted.size() - 1)));
  }

  private static void say(String what, String figures) {
    System.out.println("{\"what\":\"" + what + "\"," + figures + "}");
  }
}
