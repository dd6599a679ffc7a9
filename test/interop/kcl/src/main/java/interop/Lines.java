package interop;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;

/**
 * Says what it processes, a line for each user record, and checkpoints after each page. After {@code stopAfter} user records it checkpoints
 * right there, within an aggregate or not, says so, and goes on no more: until its lease is lost it stands still.
 *
 * <pre>
 * begins WORKER SHARD SEQUENCE SUBSEQUENCE
 * record WORKER SHARD SEQUENCE SUBSEQUENCE DATA
 * paused WORKER SHARD
 * lost WORKER SHARD
 * ended WORKER SHARD
 * </pre>
 */
final class Lines implements ShardRecordProcessor {
  private final String worker;
  private final long stopAfter;
  private final AtomicLong done = new AtomicLong();
  private volatile boolean isOver;
  private String shardId;

  Lines(String worker, long stopAfter) {
    this.worker = worker;
    this.stopAfter = stopAfter;
  }

  private void say(String what, Object... more) {
    StringBuilder line = new StringBuilder(what + " " + worker + " " + shardId);
    for (Object one : more) line.append(" ").append(one);
    Fleet.say(line.toString());
  }

  @Override
  public void initialize(InitializationInput input) {
    shardId = input.shardId();
    var at = input.extendedSequenceNumber();
    say("begins", at.sequenceNumber(), at.subSequenceNumber());
  }

  @Override
  public void processRecords(ProcessRecordsInput input) {
    if (isOver) return;
    try {
      for (var record : input.records()) {
        String data = StandardCharsets.UTF_8.decode(record.data().duplicate()).toString();
        say("record", record.sequenceNumber(), record.subSequenceNumber(), data);
        if (done.incrementAndGet() < stopAfter) continue;
        input.checkpointer().checkpoint(record.sequenceNumber(), record.subSequenceNumber());
        isOver = true;
        say("paused");
        return;
      }
      if (!input.records().isEmpty()) input.checkpointer().checkpoint();
    } catch (Exception error) {
      say("refused", error.getClass().getSimpleName());
    }
  }

  @Override
  public void leaseLost(LeaseLostInput input) {
    say("lost");
  }

  @Override
  public void shardEnded(ShardEndedInput input) {
    checkpoint(input.checkpointer());
    say("ended");
  }

  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {
    if (!isOver) checkpoint(input.checkpointer());
  }

  private void checkpoint(RecordProcessorCheckpointer checkpointer) {
    try {
      checkpointer.checkpoint();
    } catch (Exception error) {
      say("refused", error.getClass().getSimpleName());
    }
  }
}
