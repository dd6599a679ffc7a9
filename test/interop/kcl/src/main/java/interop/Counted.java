package interop;

import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;

/** For measurements: says how many user records a page had, and checkpoints after each page. "batch COUNT". */
final class Counted implements ShardRecordProcessor {
  @Override
  public void initialize(InitializationInput input) {}

  @Override
  public void processRecords(ProcessRecordsInput input) {
    if (input.records().isEmpty()) return;
    try {
      input.checkpointer().checkpoint();
    } catch (Exception error) {
      Fleet.say("refused " + error.getClass().getSimpleName());
    }
    Fleet.say("batch " + input.records().size());
  }

  @Override
  public void leaseLost(LeaseLostInput input) {}

  @Override
  public void shardEnded(ShardEndedInput input) {}

  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {}
}
