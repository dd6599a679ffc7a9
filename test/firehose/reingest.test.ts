import "@aws-sdk/client-firehose";
import "@aws-sdk/client-kinesis";
import fc from "fast-check";
import { json } from "shardmill";
import { firehoseTransform, type ReingestOptions, reingest } from "shardmill/firehose";
import { type FirehoseEventOptions, firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { delivered, keepingOverflow, world } from "./world.ts";

type Answer = (entry: string, call: number) => string | undefined;

/** Firehose and Kinesis, which fail the entries that `answer` gives an error code for. */
function sources(answer: Answer = () => undefined) {
  const calls: any[] = [];
  const put = (input: any, list: string, failed: string) => {
    calls.push(input);
    const answers = input.Records.map(({ Data }: any) => {
      const ErrorCode = answer(payloadIn(Data), calls.length);
      return ErrorCode ? { ErrorCode, ErrorMessage: "Slow down." } : { RecordId: "1" };
    });
    return { [failed]: answers.filter((each: any) => each.ErrorCode).length, [list]: answers };
  };
  const client = {
    async send({ input }: any) {
      return input.StreamARN
        ? put(input, "Records", "FailedRecordCount")
        : put(input, "RequestResponses", "FailedPutCount");
    },
  };
  return { calls, clients: { firehose: client, kinesis: client } as never };
}

const payloadIn = (data: Uint8Array) => String(data).split("\n").slice(1).join("\n");

/** One record fits. */
async function overflowing(
  values: readonly unknown[],
  options: ReingestOptions,
  { source = "direct" }: FirehoseEventOptions = {},
) {
  const its = world();
  const { overflow, taken } = keepingOverflow();
  const handler = firehoseTransform({
    runtime: its.runtime,
    metrics: false,
    maxResponseBytes: 1000 + 120 * values.length,
    transform: () => "x".repeat(600),
    overflow: [reingest(options), overflow],
  });
  const event = firehoseEvent(values, { source });
  const response = await its.finish(handler(event));
  return { ...its, response, left: taken.map(({ data }) => String(data)) };
}

describe("what has no room in the response is put back", () => {
  it("into the delivery stream, where it was put directly", async () => {
    const { calls, clients } = sources();
    const { left } = await overflowing(["a", "b", "c"], clients);
    expect(left).toEqual([]);
    expect(calls).toHaveLength(1);
    expect(calls[0].DeliveryStreamName).toBe("deliveries");
    expect(calls[0].Records.map(({ Data }: any) => String(Data))).toEqual([
      `{"shardmill:reingested":1,"arrival":${Date.UTC(2026, 0, 1) + 1}}\nb`,
      `{"shardmill:reingested":1,"arrival":${Date.UTC(2026, 0, 1) + 2}}\nc`,
    ]);
  });

  it("into the Kinesis stream, under its own partition key, where it came from one", async () => {
    const { calls, clients } = sources();
    await overflowing(["a", "b"], clients, { source: "kinesis" });
    expect(calls).toMatchObject([
      {
        StreamARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        Records: [{ PartitionKey: "key-1" }],
      },
    ]);
    expect(payloadIn(calls[0].Records[0].Data)).toBe("b");
  });

  it("nowhere where it came from MSK", async () => {
    const { calls, clients } = sources();
    const { left } = await overflowing(["a", "b"], clients, { source: "msk" });
    expect([calls.length, left]).toEqual([0, ["b"]]);
  });
});

describe("what comes again", () => {
  it("is its own payload, of its own time", async () => {
    const { calls, clients } = sources();
    const payload = Buffer.from([0, 10, 255, 123, 10]);
    await overflowing(["a", payload], clients);
    const again = firehoseEvent([calls[0].Records[0].Data], { arrival: Date.UTC(2027, 0, 1) });
    const handler = firehoseTransform({
      metrics: false,
      transform: (value, { approximateArrivalTimestamp }) => [
        value,
        Buffer.from(String(approximateArrivalTimestamp)),
      ],
    });
    const { records } = await handler(again);
    const output = Buffer.concat([payload, Buffer.from(String(Date.UTC(2026, 0, 1) + 1))]);
    expect(Buffer.from(records[0]!.data!, "base64")).toEqual(output);
  });

  it("has the first right to the room there is", async () => {
    const wrapped = '{"shardmill:reingested":1,"arrival":1}\nagain';
    const { clients } = sources();
    const { response } = await overflowing(["a", "b", wrapped], clients);
    expect(response.records.map(({ result }) => result)).toEqual(["Dropped", "Dropped", "Ok"]);
  });

  it("cannot go round for ever", async () => {
    const { calls, clients } = sources();
    let values: unknown[] = ["a", "b"];
    for (let round = 1; round <= 2; round++) {
      await overflowing(values, { ...(clients as object), maxRounds: 2 });
      const { Data } = calls.at(-1).Records[0];
      expect(String(Data)).toMatch(new RegExp(`^{"shardmill:reingested":${round},`));
      // Two of them fight for the room of one.
      values = [Data, Data];
    }
    const { left, logs } = await overflowing(values, { ...(clients as object), maxRounds: 2 });
    expect(calls).toHaveLength(2);
    expect(left).toEqual(["b"]);
    expect(logs()).toMatchObject([{ level: "WARN", records: 1 }]);
  });

  it.each([
    "{",
    '{"shardmill:reingested":1}\na',
    '{"shardmill:reingested":-1,"arrival":1}\na',
    '{"shardmill:reingested":1,"arrival":1}',
    `{"shardmill:reingested":1,"arrival":1${" ".repeat(200)}}\na`,
    '{"shardmill:reingested":1,"arrival":1,"more":2}\na',
  ])("is not a payload of somebody's own: %s", async (payload) => {
    const handler = firehoseTransform({ metrics: false });
    expect(delivered(await handler(firehoseEvent([payload])))).toEqual([payload]);
  });
});

describe("a delivery stream whose records are put back", () => {
  it("comes to an end, with every record delivered once, or failed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(600), fc.nat(4000)), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 20 }),
        async (sizes, maxRounds, batchSize) => {
          // Each payload says which record it is, and how large its output becomes.
          const waiting: unknown[] = sizes.map((size, place) => JSON.stringify({ place, size }));
          const client = {
            async send({ input }: any) {
              waiting.push(...input.Records.map(({ Data }: any) => Data));
              return { FailedPutCount: 0, RequestResponses: [] };
            },
          };
          const handler = firehoseTransform({
            metrics: false,
            runtime: world().runtime,
            maxResponseBytes: 1000 + 120 * batchSize,
            decode: json(Sized),
            transform: ({ place, size }) => `${place} ${"x".repeat(size)}`,
            overflow: reingest({ firehose: client, maxRounds }),
          });
          const ended = new Map<number, string[]>();
          for (let invocations = 0; waiting.length > 0; invocations++) {
            expect(invocations).toBeLessThanOrEqual(sizes.length * (maxRounds + 1));
            const event = firehoseEvent(waiting.splice(0, batchSize));
            const { records } = await handler(event);
            records.forEach(({ data, result }, place) => {
              if (result === "Dropped") return;
              const own = placeIn(event.records[place]!.data!);
              ended.set(own, [...(ended.get(own) ?? []), result]);
              if (result === "Ok")
                expect(String(Buffer.from(data!, "base64"))).toMatch(new RegExp(`^${own} x*\\n$`));
            });
          }
          expect([...ended.keys()].sort((a, b) => a - b)).toEqual([...sizes.keys()]);
          for (const results of ended.values()) expect(results).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  const Sized = z.object({ place: z.number(), size: z.number() });
  const placeIn = (data: string) =>
    Number(/"place":(\d+)/.exec(String(Buffer.from(data, "base64")))![1]);
});

describe("a put that fails for some", () => {
  it("is tried again for these alone, after a while", async () => {
    const { calls, clients } = sources((entry, call) =>
      call < 3 && ["b", "d"].includes(entry) ? "ServiceUnavailableException" : undefined,
    );
    const { clock, left } = await overflowing(["a", "b", "c", "d"], clients);
    expect(calls.map(({ Records }) => Records.map(({ Data }: any) => payloadIn(Data)))).toEqual([
      ["b", "c", "d"],
      ["b", "d"],
      ["b", "d"],
    ]);
    expect(left).toEqual([]);
    expect(clock.now()).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });

  it("leaves to the next overflow what it never takes", async () => {
    const { calls, clients } = sources((entry) => (entry === "b" ? "InternalFailure" : undefined));
    const { left } = await overflowing(["a", "b", "c"], {
      ...(clients as object),
      maxAttempts: 3,
    });
    expect([calls.length, left]).toEqual([3, ["b"]]);
  });

  it("is not tried again after the time is over", async () => {
    const { calls, clients } = sources(() => "ServiceUnavailableException");
    const its = world();
    const handler = firehoseTransform({
      runtime: its.runtime,
      metrics: false,
      maxResponseBytes: 1240,
      transform: () => "x".repeat(600),
      overflow: reingest({ ...(clients as object), maxAttempts: 1000 }),
    });
    const start = its.clock.now();
    const { records } = await its.finish(handler(firehoseEvent(["a", "b"]), its.context(5000)));
    expect(records.map(({ result }) => result)).toEqual(["Ok", "ProcessingFailed"]);
    expect(its.clock.now() - start).toBeLessThan(5000);
    expect(calls.length).toBeGreaterThan(2);
  });

  it.each<[string, object, number]>([
    ["AccessDeniedException", { $fault: "client" }, 1],
    ["ResourceNotFoundException", { $fault: "client" }, 1],
    ["ProvisionedThroughputExceededException", { $fault: "client" }, 3],
    ["ServiceUnavailableException", { $fault: "server" }, 3],
    ["TimeoutError", {}, 3],
  ])("as a whole, with %s, is tried so often", async (name, details, tries) => {
    let calls = 0;
    const client = {
      async send() {
        calls++;
        throw Object.assign(new Error("no"), { name, ...details });
      },
    } as never;
    const { left } = await overflowing(["a", "b"], { firehose: client, maxAttempts: 3 });
    expect([calls, left]).toEqual([tries, ["b"]]);
  });

  it("and answers for fewer than it was given has not taken the others", async () => {
    const client = {
      async send({ input }: any) {
        return { FailedPutCount: 1, RequestResponses: input.Records.slice(1).map(() => ({})) };
      },
    } as never;
    const { left } = await overflowing(["a", "b", "c"], { firehose: client, maxAttempts: 1 });
    expect(left).toEqual(["c"]);
  });
});

describe("a source's limits", () => {
  it("no call has more than 500 entries, nor more than 4 MiB, and every entry is in one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 200_000, max: 1_020_000 })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom(0, 600),
        async (sizes, more) => {
          const { calls, clients } = sources();
          const records = [...sizes, ...Array(more).fill(3)].map((size, place) => ({
            recordId: `r${place}`,
            data: Buffer.alloc(size),
            approximateArrivalTimestamp: 1,
            rounds: 0,
            reason: "",
          }));
          const refused = await reingest(clients).take(records, contextOf("direct"));
          expect(refused).toEqual([]);
          let entries = 0;
          for (const { Records } of calls) {
            entries += Records.length;
            const bytes = Records.reduce((sum: number, { Data }: any) => sum + Data.length, 0);
            expect(Records.length).toBeLessThanOrEqual(500);
            expect(bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
          }
          expect(entries).toBe(records.length);
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    ["direct", 1000 * 1024, "a"],
    ["kinesis", 1024 * 1024, "key"],
  ] as const)(
    "what is too large for %s once it is wrapped is refused",
    async (source, limit, partitionKey) => {
      const { calls, clients } = sources();
      const line = '{"shardmill:reingested":1,"arrival":1}\n'.length;
      const key = source === "kinesis" ? partitionKey.length : 0;
      const records = [0, 1].map((more) => ({
        recordId: `r${more}`,
        data: Buffer.alloc(limit - line - key + more),
        approximateArrivalTimestamp: 1,
        partitionKey,
        rounds: 0,
        reason: "",
      }));
      const refused = await reingest(clients).take(records, contextOf(source));
      expect(refused).toEqual([{ record: records[1], reason: expect.stringMatching(/takes \d+/) }]);
      expect(calls[0].Records).toHaveLength(1);
    },
  );

  function contextOf(type: "direct" | "kinesis") {
    const { clock, random } = world().runtime;
    return {
      invocationId: "i",
      deliveryStreamArn: "arn",
      deliveryStreamName: "d",
      source: type === "direct" ? { type } : { type, streamArn: "arn" },
      arrival: 1,
      functionArn: "",
      remainingMs: () => Number.POSITIVE_INFINITY,
      runtime: { clock: clock!, random: random! },
    };
  }
});

it.each([{ maxRounds: 0 }, { maxAttempts: 1.5 }, { maxRounds: "3" }])(
  "%j is refused at start",
  (options) => {
    expect(() => reingest(options as never)).toThrow(/whole number from 1/);
  },
);
