import type { InvocationContext, Runtime } from "shardmill";
import type { FirehoseEvent, FirehoseResponse, Overflow, OverflowRecord } from "shardmill/firehose";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

/** An execution environment under a virtual clock, and all that it says. */
export function world() {
  const clock = virtualClock({ patience: 0 });
  const lines: Record<string, any>[] = [];
  const runtime: Partial<Runtime> = {
    clock,
    random: seededRandom(1),
    write: (line) => lines.push(JSON.parse(line)),
  };
  return {
    clock,
    runtime,
    text: () => JSON.stringify(lines),
    logs: () => lines.filter(({ _aws }) => !_aws),
    metrics: () => lines.filter(({ _aws }) => _aws),

    /** Lambda's context, as an invocation has it that has `ms` left from now on. */
    context(ms = 60_000): InvocationContext {
      const end = clock.now() + ms;
      return {
        awsRequestId: "r-1",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:clean",
        getRemainingTimeInMillis: () => end - clock.now(),
      };
    },

    /** Lets time pass until the work is done; rejects if it waits for nothing that will ever happen. */
    async finish<T>(work: Promise<T>): Promise<T> {
      let pending = true;
      const ended = () => {
        pending = false;
      };
      work.then(ended, ended);
      for (let idle = 0; idle < 1000; ) {
        await clock.settle();
        if (!pending) return work;
        if (await clock.step()) continue;
        // A module that is being loaded takes real time.
        await new Promise((resolve) => setTimeout(resolve, 1));
        idle++;
      }
      throw new Error("The work waits for ever.");
    },
  };
}

/** What is delivered of each record, as text; or its result, where that is not Ok. */
export const delivered = ({ records }: FirehoseResponse): string[] =>
  records.map(({ result, data, kafkaRecordValue }) =>
    result === "Ok" ? Buffer.from((data ?? kafkaRecordValue)!, "base64").toString() : result,
  );

export const idsIn = ({ records }: FirehoseEvent | FirehoseResponse): string[] =>
  records.map(({ recordId }) => recordId);

/** As it is sent. */
export const bytesOf = (response: FirehoseResponse): number =>
  Buffer.byteLength(JSON.stringify(response));

/** Takes what fits `takes`, and keeps it. */
export function keepingOverflow(takes: (record: OverflowRecord) => boolean = () => true) {
  const taken: OverflowRecord[] = [];
  const overflow: Overflow = {
    async take(records) {
      taken.push(...records.filter(takes));
      return records
        .filter((record) => !takes(record))
        .map((record) => ({ record, reason: "Not this one." }));
    },
  };
  return { taken, overflow };
}
