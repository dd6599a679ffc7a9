import "@aws-sdk/client-s3";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { csv, ndjson, parquet, type S3SinkOptions, s3Flush, s3Sink } from "shardmill/sinks";
import { describe, expect, it } from "vitest";
import { servedBucket } from "../park/served-stores.ts";
import { anyCourse, type Course, run } from "./deliveries.ts";
import { s3Double } from "./s3-double.ts";

const stream = "arn:aws:kinesis:us-east-1:1:stream/rows";
const context = { signal: new AbortController().signal, remainingMs: 1e6 };

/** Records of a shard, as a batch hands them to its sink. */
const batchOf = (values: readonly any[], shardId = "shardId-000000000000") =>
  values.map((value) => ({
    value,
    attempt: 1,
    idempotencyKey: `c/rows/${shardId}/${value.id}`,
    record: {
      ...{ sequenceNumber: String(1000 + value.id), subSequenceNumber: 0 },
      ...{ streamArn: stream, shardId },
    },
  })) as never;

/** A sink and its flush over one bucket, at a time that the test sets. */
function buffered(options: Partial<S3SinkOptions<any, any>> = {}) {
  const its = { now: 1_000_000 };
  const double = s3Double(() => its.now);
  const clock = { now: () => its.now, sleep: async () => {}, after: () => () => {} };
  const all: S3SinkOptions<any, any> = {
    ...{ bucket: "rows", prefix: "rows/", format: ndjson(), client: double, runtime: { clock } },
    ...{ buffer: { seconds: 60 }, ...options },
  };
  const sink = s3Sink(all);
  const shown = () => double.parts().map(([key, { body }]) => [key, String(body)] as const);
  return {
    double,
    options: all,
    shown,
    texts: () => shown().map(([, text]) => text),
    put: (ids: readonly number[], shard?: string) =>
      sink(
        batchOf(
          ids.map((id) => ({ id, day: id % 2 })),
          shard,
        ),
        context,
      ),
    flush: s3Flush(all),
    wait(seconds: number) {
      its.now += 1000 * seconds;
    },
  };
}

describe("with buffer", () => {
  it("batches are seen by nobody until a flush makes a file of them", async () => {
    const { flush, put, shown, wait } = buffered({ row: ({ id }) => ({ id }) });
    await put([1, 2]);
    await put([3]);
    expect(await flush()).toEqual({ files: 0, parts: 0, waiting: 2 });
    expect(shown()).toEqual([]);
    wait(60);
    expect(await flush()).toEqual({ files: 1, parts: 2, waiting: 0 });
    const [[key, text]] = shown() as [[string, string]];
    expect(key).toMatch(/^rows\/rows\/shardId-000000000000\/0+1001\.0+-0+1003\.0+-2-\w+\.ndjson$/);
    expect(text).toBe('{"id":1}\n{"id":2}\n{"id":3}\n');
    expect(await flush()).toEqual({ files: 0, parts: 0, waiting: 0 });
  });

  it("a file is made as soon as there is enough for one, and the rest waits on", async () => {
    const { flush, put, texts } = buffered({ buffer: { bytes: 60, seconds: 60 } });
    for (const id of [1, 2, 3, 4, 5]) await put([id]);
    const { files, parts, waiting } = await flush();
    expect(files).toBeGreaterThan(0);
    expect(parts + waiting).toBe(5);
    expect(waiting).toBeGreaterThan(0);
    expect(texts().join("").split("\n")).toHaveLength(parts + 1);
  });

  it("shards and prefixes have files of their own", async () => {
    const { flush, put, shown, wait } = buffered({
      ...{ prefix: ({ day }) => `a/day=${day}/`, name: "rows", row: ({ id }) => ({ id }) },
    });
    await put([1, 2]);
    await put([3, 4]);
    await put([5], "shardId-000000000001");
    wait(60);
    expect(await flush()).toEqual({ files: 3, parts: 5, waiting: 0 });
    expect(shown().map(([key, text]) => [key.split("/0")[0], text])).toEqual([
      ["a/day=0/rows/shardId-000000000000", '{"id":2}\n{"id":4}\n'],
      ["a/day=1/rows/shardId-000000000000", '{"id":1}\n{"id":3}\n'],
      ["a/day=1/rows/shardId-000000000001", '{"id":5}\n'],
    ]);
  });

  it("what is delivered again after it is in a file is not written again", async () => {
    const { flush, put, texts, wait } = buffered({ row: ({ id }) => ({ id }) });
    await put([1, 2]);
    wait(60);
    await flush();
    await put([1, 2, 3]);
    wait(60);
    await flush();
    expect(texts().join("")).toBe('{"id":1}\n{"id":2}\n{"id":3}\n');
  });

  it("csv has its head once, and Parquet is one file of all rows", async () => {
    const text = buffered({ format: csv({ columns: ["id"], header: true }) });
    const columns = { id: "bigint", at: "timestamp", total: "decimal(9,2)", raw: "binary" };
    const row = ({ id }: any) => ({ id, at: new Date(id), total: "1.25", raw: Buffer.from("x") });
    const table = buffered({ format: parquet({ columns }), row });
    for (const its of [text, table]) {
      await its.put([1, 2]);
      await its.put([3]);
      its.wait(60);
      expect(await its.flush()).toMatchObject({ files: 1, parts: 2 });
    }
    expect(text.texts()).toEqual(["id\n1\n2\n3\n"]);
    const [[, { body }]] = table.double.parts() as any;
    const bytes = body.buffer.slice(body.byteOffset, body.byteOffset + body.length);
    const rows = await parquetReadObjects({ file: bytes });
    expect(rows.map(({ id, at, total }) => [id, at, total])).toEqual([
      [1n, new Date(1), 1.25],
      [2n, new Date(2), 1.25],
      [3n, new Date(3), 1.25],
    ]);
  });

  it("Parquet's columns may change while parts wait: each value stays in the column of its name", async () => {
    const row = ({ id }: any) => ({ id: `id ${id}`, old: "gone", more: "new", total: id });
    const before = { id: "string", old: "string", total: "int" };
    const its = buffered({ format: parquet({ columns: before }), row });
    await its.put([1, 2]);
    const columns = { more: "string", id: "string", total: "int" };
    const after = { ...its.options, format: parquet({ columns }) };
    await s3Sink<any, any>(after)(batchOf([{ id: 3 }]), context);
    its.wait(60);
    const retyped = { ...after, format: parquet({ columns: { ...columns, total: "bigint" } }) };
    await expect(s3Flush(retyped)()).rejects.toThrow(/column total had another type/);
    expect(await s3Flush(after)()).toMatchObject({ files: 1, parts: 2 });
    const [[, { body }]] = its.double.parts() as any;
    const bytes = body.buffer.slice(body.byteOffset, body.byteOffset + body.length);
    expect(await parquetReadObjects({ file: bytes })).toEqual([
      { more: null, id: "id 1", total: 1 },
      { more: null, id: "id 2", total: 2 },
      { more: "new", id: "id 3", total: 3 },
    ]);
  });

  it("a file that cannot be written fails the flush, after the others, and is written by the next", async () => {
    let isDown = true;
    const its = buffered({ prefix: ({ day }) => `day=${day}/`, name: "rows" });
    const client = {
      send: (command: any) =>
        isDown && command.input.Body && command.input.Key.startsWith("day=0/")
          ? Promise.reject(Object.assign(new Error("Denied."), { name: "AccessDenied" }))
          : its.double.send(command),
    };
    const flush = s3Flush({
      ...{ bucket: "rows", prefix: () => "", name: "rows", format: ndjson(), client },
      ...{
        buffer: { seconds: 0 },
        runtime: { clock: { now: () => 2e6, sleep: async () => {}, after: () => () => {} } },
      },
    });
    await its.put([1, 2]);
    await expect(flush()).rejects.toThrow(/^s3Flush: s3Flush: s3:\/\/rows\/day=0\/.*Denied\.$/);
    expect(its.texts()).toEqual(['{"id":1,"day":1}\n']);
    isDown = false;
    expect(await flush()).toMatchObject({ files: 1, waiting: 0 });
    expect(its.texts()).toHaveLength(2);
  });

  it("a part that cannot be removed fails the flush, after the other files are written", async () => {
    const its = buffered({ prefix: ({ day }) => `day=${day}/`, name: "rows" });
    await its.put([1, 2]);
    its.wait(60);
    const client = {
      send: (command: any) =>
        command.constructor.name === "DeleteObjectCommand"
          ? Promise.reject(Object.assign(new Error("Denied."), { name: "AccessDenied" }))
          : its.double.send(command),
    };
    await expect(s3Flush({ ...its.options, client })()).rejects.toThrow(/_buffer\/.*Denied\.$/);
    expect(its.texts()).toHaveLength(2);
    expect(await its.flush()).toMatchObject({ waiting: 0 });
    expect(its.texts()).toHaveLength(2);
  });

  it("fails where its time was over before any file was written: nobody else would notice", async () => {
    const its = buffered();
    await its.put([1]);
    its.wait(60);
    let over = () => {};
    const client = {
      send(command: any, { abortSignal }: { abortSignal: AbortSignal }) {
        if (command.constructor.name !== "GetObjectCommand") return its.double.send(command);
        over();
        return Promise.reject(abortSignal.reason);
      },
    };
    const { clock } = its.options.runtime as any;
    const runtime = {
      clock: {
        ...clock,
        after(_: number, fire: () => void) {
          const before = over;
          over = () => {
            before();
            fire();
          };
          return () => {};
        },
      },
    };
    const flush = s3Flush({ ...its.options, client, runtime });
    const context = { getRemainingTimeInMillis: () => 60_000 };
    await expect(flush({}, context)).rejects.toThrow(/^s3Flush: .*time/);
    expect(its.texts()).toEqual([]);
  });

  it("begins no file when its time is nearly over", async () => {
    const { flush, put, texts } = buffered({ buffer: { seconds: 0 } });
    await put([1]);
    const over = { getRemainingTimeInMillis: () => 0 };
    expect(await flush({}, over)).toEqual({ files: 0, parts: 0, waiting: 1 });
    expect(texts()).toEqual([]);
  });
});

it.each<[string, object, string]>([
  ["no buffer", {}, "s3Flush: buffer must be given, as to s3Sink."],
  ["too large a buffer", { buffer: { bytes: 2 ** 31 } }, "s3Flush: buffer.bytes must be"],
  ["no format", { buffer: {}, format: undefined }, "s3Flush: format must be one such as"],
])("s3Flush refuses %s at the start", (_, options, why) => {
  const given = { bucket: "b", format: ndjson(), ...options };
  expect(() => s3Flush(given as never)).toThrow(why);
});

it("a prefix of the sink's own folders parks its record", async () => {
  const { put } = buffered({ prefix: () => "_buffer/mine/", name: "rows" });
  const answer = await put([1]);
  expect(String(answer!.failed[0]!.error)).toMatch(/must not begin with _buffer\//);
});

const idsIn = (texts: readonly string[]) =>
  texts.flatMap((text) =>
    text
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).id),
  );

describe("each record is in one file, and once", () => {
  it("after any course of deliveries, by a flush that loses replies and dies anywhere", () =>
    fc.assert(
      fc.asyncProperty(
        anyCourse(),
        fc.array(fc.constantFrom("none", "none", "fails", "loses", "dies", "thaws"), {
          maxLength: 20,
        }),
        fc.boolean(),
        async (course, faults, isLateFirst) => {
          const double = s3Double();
          const options = {
            ...{ bucket: "rows", prefix: ({ key }: any) => `key=${key}/`, name: "rows" },
            ...{ format: ndjson(), buffer: { seconds: 0 } },
          };
          const late: (() => unknown)[] = [];
          const sinking = (course: Course) =>
            run(course, {
              sink: (outside, runtime) =>
                s3Sink<any>({
                  ...options,
                  runtime,
                  client: {
                    send(command: any) {
                      // A copy of what is written arrives once more, when everything is over.
                      if (command.input.Body) late.push(() => double.send(command));
                      return outside(() => double.send(command));
                    },
                  },
                }),
            });
          await sinking(course);
          const clock = { now: () => 1, sleep: async () => {}, after: () => () => {} };
          /** One invocation; false: its environment has died. */
          const flush = async (left: string[]) => {
            const death = Promise.withResolvers<false>();
            const never = new Promise<never>(() => {});
            const send = async (command: any) => {
              const fault = left.shift() ?? "none";
              if (fault === "fails") throw new Error("no");
              if (fault === "thaws") late.push(() => double.send(command));
              if (fault === "thaws" || fault === "dies") {
                death.resolve(false);
                return never;
              }
              const answer = await double.send(command);
              if (fault === "loses") throw new Error("no reply");
              return answer;
            };
            const flushed = s3Flush<any>({ ...options, client: { send }, runtime: { clock } })();
            return Promise.race([flushed.catch(() => false), death.promise]);
          };
          const left = [...faults];
          while (left.length > 0) await flush(left);
          for (const effect of late) await Promise.resolve(effect()).catch(() => {});
          await flush([]);
          const thaw = async () => {
            for (const effect of late) await Promise.resolve(effect()).catch(() => {});
          };
          if (isLateFirst) await thaw();
          await sinking({ ...course, faults: [], hasProgress: false });
          await flush([]);
          await thaw();
          await flush([]);
          const ids = idsIn(double.parts().map(([, { body }]) => String(body)));
          expect(ids.toSorted((a, b) => a - b)).toEqual(course.rows.map(({ id }) => id));
        },
      ),
      { numRuns: 150 },
    ));

  it("of flushes and batches that take turns at every call", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.scheduler(), async (count, scheduler) => {
        const double = s3Double();
        const clock = { now: () => 1, sleep: async () => {}, after: () => () => {} };
        const options = () => ({
          ...{ bucket: "rows", format: ndjson(), buffer: { bytes: 1, seconds: 0 } },
          ...{ runtime: { clock } },
          client: { send: scheduler.scheduleFunction((command: any) => double.send(command)) },
        });
        const put = (ids: readonly number[]) =>
          s3Sink<any>(options())(batchOf(ids.map((id) => ({ id }))), context);
        const work = [put([1, 2]), put([2, 3]), put([4])] as Promise<unknown>[];
        for (let at = 0; at < count; at++) work.push(s3Flush<any>(options())().catch(() => {}));
        const all = Promise.all(work);
        await scheduler.waitFor(all);
        const failed = ((await all) as any[]).slice(0, 3).flatMap((answer) => answer?.failed ?? []);
        await scheduler.waitFor(s3Flush<any>(options())());
        const ids = idsIn(double.parts().map(([, { body }]) => String(body)));
        expect(ids.toSorted()).toEqual([...new Set(ids)].sort());
        const lost = [1, 2, 3, 4].filter(
          (id) => !ids.includes(id) && !failed.some(({ record }: any) => record.value.id === id),
        );
        expect(lost).toEqual([]);
      }),
      { numRuns: 100 },
    ));
});

it("behind a server: parts become a file, and are gone from the buffer", async () => {
  const { bucket, client, close } = await servedBucket("archive");
  const options = { bucket, prefix: "rows/", format: ndjson(), client, buffer: { seconds: 0 } };
  const sink = s3Sink<any>(options);
  await sink(batchOf([{ id: 1 }]), context);
  await sink(batchOf([{ id: 2 }]), context);
  expect(await s3Flush<any>(options)()).toEqual({ files: 1, parts: 2, waiting: 0 });
  await sink(batchOf([{ id: 1 }, { id: 2 }]), context);
  expect(await s3Flush<any>(options)()).toEqual({ files: 0, parts: 0, waiting: 0 });
  const { GetObjectCommand, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const listed = async (Prefix: string) =>
    (await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))).Contents ?? [];
  const [file, ...others] = await listed("rows/");
  expect(others).toEqual([]);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: file!.Key! }));
  expect(await Body!.transformToString()).toBe('{"id":1}\n{"id":2}\n');
  expect((await listed("_buffer/")).filter(({ Size }) => Size! > 0)).toEqual([]);
  await close();
});
