// What the sink loads when it is made is there: the virtual clock waits for no module.
import "@aws-sdk/client-s3";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { csv, type Format, ndjson, type S3SinkOptions, s3Sink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "../any-character.ts";
import { world } from "../consumer/world.ts";
import { servedBucket } from "../park/served-stores.ts";
import { anyCourse, type Course, type Row, run } from "./deliveries.ts";
import { s3Double } from "./s3-double.ts";

function archive(options: Partial<S3SinkOptions<any, any>> = {}, double = s3Double()) {
  const its = world();
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "archive",
    decode: json(),
    order: "none",
    progress: memoryProgress(),
    park,
    runtime: its.runtime,
    processBatch: s3Sink<any, any>({
      bucket: "archive",
      prefix: "orders/",
      format: ndjson(),
      client: double,
      runtime: its.runtime,
      ...options,
    }),
  });
  const deliver = (values: readonly unknown[], from = 0) =>
    its.finish(handler(kinesisEvent(values, { from }), its.context()));
  const texts = () => double.parts().map(([, { body }]) => String(body));
  return { ...its, double, deliver, texts, parked: () => [...park.parked.values()] };
}

const done = { batchItemFailures: [] };
const position = (from: number) =>
  `${kinesisEvent([0], { from }).Records[0]!.kinesis.sequenceNumber.padStart(56, "0")}.000000`;

describe("s3Sink", () => {
  it("writes a batch as one object, named by what it holds, at three calls", async () => {
    const { deliver, double, texts } = archive();
    expect(await deliver([{ id: 1 }, { id: 2 }])).toEqual(done);
    expect(texts()).toEqual(['{"id":1}\n{"id":2}\n']);
    const [[key, { input }]] = double.parts() as any;
    const shard = "orders/orders/shardId-000000000000";
    expect(key).toMatch(
      new RegExp(`^${shard}/${position(0)}-${position(1)}-2-[0-9a-f]{12}\\.ndjson$`),
    );
    expect(input.ContentType).toBe("application/x-ndjson");
    expect(double.calls).toEqual(["PutObject", "ListObjectsV2", "PutObject"]);
  });

  it("gives the same records the same key and the same bytes", async () => {
    const [first, second] = [archive(), archive()];
    for (const { deliver } of [first, second]) await deliver([{ id: 1 }, { id: 2 }]);
    const shown = ({ double }: typeof first) =>
      double.parts().map(([key, { body }]) => [key, body.toString("hex")]);
    expect(shown(second)).toEqual(shown(first));
  });

  it("writes an object for each prefix", async () => {
    const { deliver, double } = archive({ prefix: ({ day }) => `day=${day}/`, name: "by-day" });
    await deliver([{ day: 1 }, { day: 2 }, { day: 1 }]);
    expect(double.parts().map(([key, { body }]) => [key.split("/")[0], String(body)])).toEqual([
      ["day=1", '{"day":1}\n{"day":1}\n'],
      ["day=2", '{"day":2}\n'],
    ]);
  });

  it("writes nothing again that is there, and only the rest of a batch", async () => {
    const first = archive();
    await first.deliver([{ id: 1 }, { id: 2 }]);
    const second = archive({}, first.double);
    expect(await second.deliver([{ id: 1 }, { id: 2 }, { id: 3 }])).toEqual(done);
    expect(second.texts()).toEqual(['{"id":1}\n{"id":2}\n', '{"id":3}\n']);
  });

  it("refuses an intent of a version that it does not read, and says which it is", async () => {
    const first = archive();
    await first.deliver([{ id: 1 }, { id: 2 }]);
    const { objects } = first.double;
    const [key] = [...objects.keys()].filter((key) => key.startsWith("_shardmill/"));
    objects.set(key!, { ...objects.get(key!)!, body: Buffer.from('{"v":1,"parts":[]}') });
    const second = archive({}, first.double);
    expect((await second.deliver([{ id: 2 }, { id: 3 }], 1)).batchItemFailures).toHaveLength(1);
    expect(second.logs()[0]!.error.message).toContain(`The intent ${key} has the version 1`);
    expect(second.texts()).toEqual(['{"id":1}\n{"id":2}\n']);
  });

  it("fences a part that was intended and is not there: whoever comes late is refused", async () => {
    const double = s3Double();
    let late: any;
    const frozen = archive({
      client: {
        send(command: any) {
          const isPart = command.input.Key?.startsWith("orders/");
          if (!isPart || command.constructor.name !== "PutObjectCommand")
            return double.send(command);
          late = command;
          return Promise.reject(new Error("It stood still."));
        },
      },
      maxAttempts: 1,
    });
    expect((await frozen.deliver([{ id: 1 }, { id: 2 }])).batchItemFailures).toHaveLength(1);
    const other = archive({}, double);
    expect(await other.deliver([{ id: 1 }, { id: 2 }])).toEqual(done);
    await expect(double.send(late)).rejects.toThrow("PreconditionFailed");
    expect(other.texts()).toEqual(['{"id":1}\n{"id":2}\n']);
    const fences = [...double.objects.values()].filter(({ isFence }) => isFence);
    expect(fences.map(({ body }) => body.length)).toEqual([0]);
  });

  it("parks a row that cannot be written, and writes the others", async () => {
    const { deliver, parked, texts } = archive({
      row: (value) => (value.bad ? undefined : value),
    });
    expect(await deliver([{ id: 1 }, { bad: true }, { id: 3 }])).toEqual(done);
    expect(texts()).toEqual(['{"id":1}\n{"id":3}\n']);
    expect(parked()[0]!.error.message).toMatch(/^s3Sink: the row cannot be written/);
  });

  it.each([["../up/"], ["a/./b/"], ["a/.."], ["line\nfeed/"], ["_shardmill/mine/"]])(
    "parks a record whose prefix is %j, and takes dots and equals signs elsewhere",
    async (odd) => {
      const prefix = ({ p }: any) => p;
      const { deliver, double, parked } = archive({ prefix, name: "by-prefix" });
      expect(await deliver([{ p: odd }, { p: "day=1/v1..2/.hidden/k=a=b/" }])).toEqual(done);
      expect(double.parts().map(([key]) => key.split("orders/")[0])).toEqual([
        "day=1/v1..2/.hidden/k=a=b/",
      ]);
      expect(parked()[0]!.error.message).toMatch(/^s3Sink: prefix must /);
    },
  );

  it("parks nothing because of the bucket", async () => {
    const error = Object.assign(new Error("Access Denied"), { name: "AccessDenied" });
    const { deliver, logs, parked } = archive({ client: { send: () => Promise.reject(error) } });
    expect((await deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
    expect(parked()).toEqual([]);
    expect(logs()[0]!.error.message).toMatch(/^s3Sink: s3:\/\/archive\/.*Access Denied$/);
  });

  it("ends its calls with the invocation: each has its signal", async () => {
    const double = s3Double();
    const signals: unknown[] = [];
    const client = {
      send(command: object, options: { readonly abortSignal?: AbortSignal } = {}) {
        signals.push(options.abortSignal);
        return double.send(command as never);
      },
    };
    const its = world();
    let signal: AbortSignal | undefined;
    const sink = s3Sink<any>({ bucket: "b", prefix: "p/", format: ndjson(), client });
    const handler = kinesisConsumer({
      ...{ consumer: "archive", decode: json(), runtime: its.runtime },
      processBatch(records, context) {
        signal = context.signal;
        return sink(records, context);
      },
    });
    expect(await its.finish(handler(kinesisEvent([{ id: 1 }]), its.context()))).toEqual(done);
    expect(signals).toEqual([signal, signal, signal]);
    expect(signal).toBeInstanceOf(AbortSignal);
  });

  it("gives records back when the signal is aborted, and writes no part then", async () => {
    const { double } = archive();
    const sink = s3Sink<any>({ bucket: "b", prefix: "p/", format: ndjson(), client: double });
    const signal = AbortSignal.abort(new Error("over"));
    const record = { idempotencyKey: "k", value: {}, attempt: 1, record: { sequenceNumber: "1" } };
    const streamed = { ...record.record, subSequenceNumber: 0, streamArn: "a/b", shardId: "s" };
    const answer = await sink([{ ...record, record: streamed } as never], {
      signal,
      remainingMs: 0,
    });
    expect(answer!.failed[0]!.error).toBe(signal.reason);
    expect(double.parts()).toEqual([]);
  });
});

describe("formats", () => {
  const written = async (format: Format<any>, rows: readonly unknown[]) => {
    const its = archive({ format });
    await its.deliver(rows);
    const [[key, { body, input }]] = its.double.parts() as any;
    return { key, body, input };
  };

  it("ndjson, compressed", async () => {
    const { body, input, key } = await written(ndjson({ gzip: true }), [{ a: "é" }, { a: 2 }]);
    expect(String(gunzipSync(body))).toBe('{"a":"é"}\n{"a":2}\n');
    expect(input.ContentEncoding).toBe("gzip");
    expect(key).toMatch(/\.ndjson\.gz$/);
  });

  it("csv, with the names of its columns", async () => {
    const format = csv({ columns: ["id", "no,te"], header: true });
    const { body, key } = await written(format, [{ id: 1, "no,te": 'a "b"' }, { id: 2 }]);
    expect(String(body)).toBe('id,"no,te"\n1,"a ""b"""\n2,\n');
    expect(key).toMatch(/\.csv$/);
  });

  it("csv without rows has its names alone: a fence can be read as the other files", () => {
    expect(String(csv({ columns: ["a"], header: true }).encode([]))).toBe("a\n");
    expect(csv({ columns: ["a"] }).encode([])).toHaveLength(0);
  });
});

/** The rows in the bucket after a course, of all objects. */
async function leftBy(course: Course, options: Partial<S3SinkOptions<Row>> = {}) {
  const double = s3Double();
  await run(course, {
    sink: (outside, runtime) =>
      s3Sink<Row>({
        bucket: "rows",
        prefix: ({ key }) => `key=${key}/`,
        name: "rows",
        format: ndjson(),
        runtime,
        client: { send: (command) => outside(() => double.send(command)) },
        ...options,
      }),
  });
  return double
    .parts()
    .flatMap(([, { body }]) =>
      String(body)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    )
    .sort((a, b) => a.id - b.id);
}

describe("after any course of deliveries, each record is in one object, and once", () => {
  it("with an object for each prefix", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        expect(await leftBy(course)).toEqual(course.rows);
      }),
      { numRuns: 400 },
    ));

  it("with one object a batch", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        expect(await leftBy(course, { prefix: "rows/" })).toEqual(course.rows);
      }),
      { numRuns: 400 },
    ));

  it("whatever their idempotency keys are", () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 4 }),
      fc.constantFrom("\ud83d", "\ude00", '"', "\n", "\\"),
    );
    const keys = fc.uniqueArray(text, { minLength: 2, maxLength: 8 });
    return fc.assert(
      fc.asyncProperty(keys, text, fc.nat(6), async (keys, common, cut) => {
        const double = s3Double();
        const context = { signal: new AbortController().signal, remainingMs: 1e6 };
        const batch = keys.map((key, id) => ({
          ...{ value: { id }, attempt: 1, idempotencyKey: `${common}${key}` },
          record: {
            ...{ sequenceNumber: String(100 + id), subSequenceNumber: 0, shardId: "s" },
            streamArn: "arn:aws:kinesis:us-east-1:1:stream/rows",
          },
        }));
        for (const some of [batch.slice(cut), batch.slice(0, cut + 1), batch]) {
          const sink = s3Sink<any>({
            ...{ bucket: "rows", format: ndjson(), client: double },
            runtime: { clock: { now: () => 0, sleep: async () => {}, after: () => () => {} } },
          });
          expect(await sink(some as never, context)).toBeUndefined();
        }
        const there = double.parts().flatMap(([, { body }]) => String(body).trim().split("\n"));
        expect(there.sort()).toEqual(batch.map(({ value }) => JSON.stringify(value)).sort());
      }),
      { numRuns: 50 },
    );
  });

  it("also of two environments that take turns at every call", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 6 })), {
          minLength: 2,
          maxLength: 4,
        }),
        fc.scheduler(),
        async (ranges, scheduler) => {
          const double = s3Double();
          const values = Array.from({ length: 6 }, (_, id) => ({ id }));
          const sink = () =>
            s3Sink<any>({
              bucket: "rows",
              format: ndjson(),
              runtime: { clock: { now: () => 0, sleep: async () => {}, after: () => () => {} } },
              client: { send: scheduler.scheduleFunction((command: any) => double.send(command)) },
            });
          const batch = ([from, count]: readonly [number, number]) =>
            values.slice(from, from + count).map((value) => ({
              value,
              attempt: 1,
              idempotencyKey: `c/rows/s/${value.id}`,
              record: {
                sequenceNumber: String(100 + value.id),
                subSequenceNumber: 0,
                streamArn: "arn:aws:kinesis:us-east-1:1:stream/rows",
                shardId: "s",
              },
            }));
          const context = { signal: new AbortController().signal, remainingMs: 1e6 };
          const answers = Promise.all(
            ranges.map((range) => sink()(batch(range) as never, context)),
          );
          await scheduler.waitFor(answers);
          const there = double.parts().flatMap(([, { body }]) =>
            String(body)
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line).id),
          );
          expect(there.toSorted()).toEqual([...new Set(there)].sort());
          // What was not named as failed is there.
          (await answers).forEach((answer, at) => {
            const failed = new Set(answer?.failed.map(({ record }) => (record.value as any).id));
            for (const { value } of batch(ranges[at]!)) {
              if (!failed.has(value.id)) expect(there).toContain(value.id);
            }
          });
        },
      ),
      { numRuns: 300 },
    ));
});

it("behind a server: what is there is not written again, and what was only intended is fenced", async () => {
  const { bucket, client, close } = await servedBucket("archive");
  const isPart = ({ input }: any) => /\.ndjson$/.test(input.Key ?? "");
  const frozen = {
    send: (command: any) =>
      isPart(command) && command.input.Body
        ? Promise.reject(new Error("no"))
        : client.send(command),
  };
  const handler = (client: any) =>
    kinesisConsumer({
      consumer: "archive",
      decode: json(),
      metrics: false,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      processBatch: s3Sink<any>({ bucket, format: ndjson(), client, maxAttempts: 1 }),
    });
  const values = [{ id: 1 }, { id: 2 }];
  expect((await handler(frozen)(kinesisEvent(values))).batchItemFailures).toHaveLength(1);
  await handler(client)(kinesisEvent(values));
  expect(await handler(client)(kinesisEvent(values))).toEqual(done);
  expect(await handler(client)(kinesisEvent([...values, { id: 3 }]))).toEqual(done);
  const { GetObjectCommand, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const { Contents } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: "orders/" }),
  );
  const texts = await Promise.all(
    Contents!.map(async ({ Key }) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return Body!.transformToString();
    }),
  );
  expect(texts.sort()).toEqual(["", '{"id":1}\n{"id":2}\n', '{"id":3}\n']);
  await close();
});

it.each<[string, unknown, string]>([
  ["no bucket", { format: ndjson() }, "s3Sink: no bucket."],
  ["no format", { bucket: "b" }, "format must be one such as ndjson()"],
  ["a format that was not called", { bucket: "b", format: ndjson }, "format must be one such as"],
  [
    "a prefix by record without a name",
    { bucket: "b", format: ndjson(), prefix: () => "a" },
    "needs a name",
  ],
  [
    "a prefix that is too long",
    { bucket: "b", format: ndjson(), prefix: "x".repeat(1000) },
    "prefix must be",
  ],
  [
    "a row that is no function",
    { bucket: "b", format: ndjson(), row: {} },
    "row must be a function",
  ],
])("s3Sink refuses %s at the start", (_, options, why) => {
  expect(() => s3Sink(options as never)).toThrow(why);
});
