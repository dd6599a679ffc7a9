import "@aws-sdk/client-firehose";
import "@aws-sdk/client-kinesis";
import fc from "fast-check";
import { kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { firehoseSink, kinesisSink, type Sink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "../consumer/world.ts";
import { evenShards, taken } from "../producer/fake.ts";
import { anyCourse, type Row, run } from "./deliveries.ts";

/** Both services, which refuse the entries that `refuse` says. */
function services(refuse: (data: string, call: number) => string | undefined = () => undefined) {
  const calls: any[] = [];
  return {
    calls,
    /** The data that is in, in order. */
    taken: [] as string[],
    async send({ input }: any) {
      if (!input.Records) return { Shards: evenShards(1) };
      calls.push(input);
      const answers = input.Records.map(({ Data }: any) => {
        const ErrorCode = refuse(String(Buffer.from(Data)), calls.length);
        if (ErrorCode) return { ErrorCode, ErrorMessage: "Slow down." };
        this.taken.push(String(Buffer.from(Data)));
        return { RecordId: "1", ...taken(this.taken.length) };
      });
      const failed = answers.filter((each: any) => each.ErrorCode).length;
      return input.DeliveryStreamName
        ? { FailedPutCount: failed, RequestResponses: answers }
        : { FailedRecordCount: failed, Records: answers };
    },
  };
}

const sinks = {
  firehoseSink: (options: object): Sink<any> =>
    firehoseSink<any>({ deliveryStreamName: "archive", ...options }),
  kinesisSink: (options: object): Sink<any> =>
    kinesisSink<any>({ streamName: "other", ...options }),
};

describe.each(Object.entries(sinks))("%s", (who, sink) => {
  function sinking(client: ReturnType<typeof services>, options: object = {}) {
    const its = world();
    const park = memoryParking();
    const handler = kinesisConsumer({
      consumer: "copy",
      order: "none",
      progress: memoryProgress(),
      park,
      runtime: its.runtime,
      processBatch: sink({ client, runtime: its.runtime, ...options }),
    });
    const deliver = (values: readonly unknown[]) =>
      its.finish(handler(kinesisEvent(values), its.context()));
    return { ...its, deliver, parked: () => [...park.parked.values()] };
  }

  it("puts payloads as they came", async () => {
    const client = services();
    const { deliver } = sinking(client);
    expect(await deliver(["a", "b"])).toEqual({ batchItemFailures: [] });
    expect(client.taken).toEqual(["a", "b"]);
    expect(client.calls).toHaveLength(1);
  });

  it("reads the answer of every entry, and puts those again that were refused", async () => {
    const client = services((data, call) => (data === "b" && call < 3 ? "Throttled" : undefined));
    const { deliver } = sinking(client);
    expect(await deliver(["a", "b", "c"])).toEqual({ batchItemFailures: [] });
    expect(client.taken).toEqual(["a", "c", "b"]);
    expect(client.calls.map(({ Records }) => Records.length)).toEqual([3, 1, 1]);
  });

  it("names those that are not in", async () => {
    const client = services((data) => (data === "b" ? "InternalFailure" : undefined));
    const { deliver, logs } = sinking(client);
    expect((await deliver(["a", "b", "c"])).batchItemFailures).toHaveLength(1);
    expect(logs()[0]!.error.message).toMatch(/Slow down\.$/);
    expect(JSON.stringify(logs()[0]!.error)).toContain("InternalFailure");
  });

  it("parks what is too large for the stream, and what is neither text nor bytes fails alone", async () => {
    const client = services();
    const { deliver, parked } = sinking(client, {
      data: (value: Uint8Array) =>
        String(value) === "huge" ? Buffer.alloc(2 ** 20) : String(value) === "no" ? 7 : value,
    });
    expect((await deliver(["a", "huge", "no", "b"])).batchItemFailures).toHaveLength(1);
    expect(client.taken).toEqual(["a", "b"]);
    expect(parked()[0]!.error.message).toMatch(new RegExp(`^${who}: the record has `));
  });

  it("parks nothing where the stream is missing", async () => {
    const client = { ...services(), send: () => Promise.reject(new Error("not found")) };
    const { deliver, parked } = sinking(client as never);
    expect((await deliver(["a"])).batchItemFailures).toHaveLength(1);
    expect(parked()).toEqual([]);
  });

  // kinesisSink gives such a call up sooner: its producer waits for no answer longer than six seconds.
  if (who === "firehoseSink")
    it("ends a call that hangs with the invocation: its records are given back, and none has failed", async () => {
      const client = {
        ...services(),
        send: (_: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}) =>
          new Promise<never>((_, reject) => {
            abortSignal?.addEventListener("abort", () => reject(abortSignal.reason));
          }),
      };
      const { deliver, logs, parked } = sinking(client as never);
      expect((await deliver(["a", "b"])).batchItemFailures).toHaveLength(1);
      expect(logs().filter(({ level }) => level === "ERROR")).toEqual([]);
      expect(parked()).toEqual([]);
    });

  it("cuts calls at 500 entries", async () => {
    const client = services();
    const its = world();
    const handler = kinesisConsumer({
      consumer: "copy",
      runtime: its.runtime,
      maxItems: 1000,
      processBatch: sink({ client, runtime: its.runtime }),
    });
    await its.finish(handler(kinesisEvent(Array.from({ length: 1000 }, () => "a"))));
    expect(client.calls.map(({ Records }) => Records.length)).toEqual([500, 500]);
  });

  it("leaves, after any course, every record there at least once, and no other", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const client = services();
        await run(course, {
          sink: (outside, runtime) =>
            sink({ runtime, client: { send: (one: any) => outside(() => client.send(one)) } }),
        });
        const wanted = course.rows.map((row: Row) => JSON.stringify(row)).sort();
        expect([...new Set(client.taken)].sort()).toEqual(wanted);
      }),
    ));
});
