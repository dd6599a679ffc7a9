import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { putCommand } from "../../../packages/cli/src/put/command.ts";
import {
  type RecordSurroundings,
  recordCommand,
} from "../../../packages/cli/src/record/command.ts";
import { folder, type Served, served, until, written } from "../put/served.ts";

const pauseMs = { atEnd: 2, before: 0 };

async function record(stream: Served, args: readonly string[], more: RecordSurroundings = {}) {
  const { out, err, texts } = written();
  const signal = new AbortController().signal;
  const surroundings = { out, err, env: {}, pauseMs, signal, ...more };
  const all = ["orders", "--endpoint", stream.endpoint, ...args];
  return { status: await recordCommand(all, surroundings), ...texts };
}

const put = (stream: Served, from: number, to: number) => {
  for (let id = from; id < to; id++) {
    const data = Buffer.from(`{"id":${id}}`);
    stream.kinesis.putRecord({ stream: "orders", partitionKey: `k${id}`, data });
  }
};

const linesOf = (text: string) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const idsOf = (text: string) => linesOf(text).map(({ data }) => JSON.parse(data).id);
const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, id) => id);

const split = (stream: Served, shardToSplit: string, newStartingHashKey: bigint) =>
  stream.kinesis.splitShard({
    ...{ stream: "orders", shardToSplit, newStartingHashKey: String(newStartingHashKey) },
  });

describe("a recording", () => {
  it("holds position, arrival, key and data of each record, shard by shard in order", async () => {
    const stream = await served({ shards: 2 });
    put(stream, 0, 100);
    const bytes = Uint8Array.of(255, 0);
    stream.kinesis.putRecord({ stream: "orders", partitionKey: "b", data: bytes });
    const { status, out, err } = await record(stream, ["--json"]);
    expect(status).toBe(0);
    const lines = linesOf(out);
    for (const shardId of ["shardId-000000000000", "shardId-000000000001"]) {
      const stored = stream.stored().filter((one) => one.shardId === shardId);
      const found = lines.filter((line) => line.shardId === shardId);
      expect(found.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
        stored.map(({ sequenceNumber }) => sequenceNumber),
      );
    }
    expect(lines.find(({ partitionKey }) => partitionKey === "b")).toMatchObject({
      dataBase64: "/wA=",
      approximateArrivalTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(JSON.parse(err)).toMatchObject({
      ...{ stream: "orders", records: 101, resumed: false, interrupted: false },
    });
  });

  it("is what put takes: the same records under the same keys", async () => {
    const [from, to] = [await served({ shards: 2 }), await served({ shards: 2 })];
    put(from, 0, 50);
    const file = folder().at("orders.ndjson");
    expect((await record(from, ["--output", file])).out).toContain("orders: 50 records into");
    const { out, err } = written();
    const signal = new AbortController().signal;
    await putCommand(["orders", file, "--endpoint", to.endpoint], { out, err, env: {}, signal });
    const texts = (stream: Served) =>
      stream
        .texts()
        .map((one) => JSON.stringify(one))
        .sort();
    expect(texts(to)).toEqual(texts(from));
  });

  it("has the records of a shard before those of what it became", async () => {
    const stream = await served();
    put(stream, 0, 20);
    split(stream, "shardId-000000000000", 2n ** 127n);
    put(stream, 20, 40);
    stream.kinesis.mergeShards({
      ...{ stream: "orders", shardToMerge: "shardId-000000000001" },
      adjacentShardToMerge: "shardId-000000000002",
    });
    put(stream, 40, 60);
    const { out } = await record(stream, []);
    const generations = linesOf(out).map(({ shardId }) => [0, 1, 1, 2][Number(shardId.slice(-1))]);
    expect(generations).toEqual([...generations].sort());
    expect(sorted(idsOf(out))).toEqual(upTo(60));
  });

  it("may be of one shard, from a sequence number to another", async () => {
    const stream = await served({ shards: 2 });
    put(stream, 0, 40);
    const [shard] = stream.kinesis.listShards({ stream: "orders" });
    const stored = stream.stored().filter(({ shardId }) => shardId === shard!.shardId);
    const [from, to] = [stored[3]!.sequenceNumber, stored[6]!.sequenceNumber];
    const args = ["--shard", shard!.shardId, "--from", from, "--until", to];
    const { out } = await record(stream, args);
    expect(linesOf(out).map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      stored.slice(3, 7).map(({ sequenceNumber }) => sequenceNumber),
    );
  });

  it("may begin and end at a time", async () => {
    let now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
    const stream = await served({ clock });
    for (let id = 0; id < 10; id++, now += 60_000) put(stream, id, id + 1);
    const times = ["--from", "2026-01-01T00:03:00Z", "--until", "2026-01-01T00:05:00Z"];
    expect(idsOf((await record(stream, times, { clock })).out)).toEqual([3, 4, 5]);
    expect(idsOf((await record(stream, ["--from", "4.5min"], { clock })).out)).toEqual([
      6, 7, 8, 9,
    ]);
    expect(idsOf((await record(stream, ["--limit", "3"], { clock })).out)).toEqual([0, 1, 2]);
  });

  it("that follows has what comes, in new shards too, until Ctrl-C", async () => {
    const stream = await served();
    put(stream, 0, 5);
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    let text = "";
    const out = { write: (more: string) => (text += more) };
    const following = record(stream, ["--follow", "--from", "LATEST"], {
      out,
      signal: ended.signal,
    });
    await until(() => {
      put(stream, 5, 6);
      return text !== "";
    });
    split(stream, "shardId-000000000000", 2n ** 127n);
    put(stream, 6, 20);
    await until(() => new Set(idsOf(text)).size === 15);
    ended.abort();
    expect((await following).status).toBe(0);
    expect(idsOf(text)).not.toContain(0);
  });
});

describe("a recording that was interrupted", () => {
  it("goes on after its last line, without the half of one", async () => {
    const stream = await served({ shards: 2 });
    put(stream, 0, 50);
    const at = folder();
    const file = at.at("orders.ndjson");
    await record(stream, ["--output", file, "--limit", "20"]);
    appendFileSync(file, '{"shardId":"shardId-0000000');
    put(stream, 50, 60);
    const { status, out } = await record(stream, ["--output", file, "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ records: 40, resumed: true });
    expect(sorted(idsOf(readFileSync(file, "utf8")))).toEqual(upTo(60));
    expect(readdirSync(at.path).sort()).toEqual(["orders.ndjson", "orders.ndjson.checkpoint"]);
  });

  it.each([
    ["its checkpoint is older than the file", false],
    ["its checkpoint is gone", true],
  ])("goes on where the lines end, when %s", async (_, isGone) => {
    const stream = await served({ shards: 2 });
    put(stream, 0, 30);
    const file = folder().at("orders.ndjson");
    await record(stream, ["--output", file, "--limit", "10"]);
    const checkpoint = readFileSync(`${file}.checkpoint`);
    put(stream, 30, 40);
    await record(stream, ["--output", file]);
    if (isGone) rmSync(`${file}.checkpoint`);
    else writeFileSync(`${file}.checkpoint`, checkpoint);
    truncateSync(file, readFileSync(file).length - 5);
    await record(stream, ["--output", file]);
    expect(sorted(idsOf(readFileSync(file, "utf8")))).toEqual(upTo(40));
  });

  it("at any time has every record once, however often", async () => {
    const stream = await served({ shards: 3, faults: { GetRecords: { latencyMs: 2 } } });
    const file = folder().at("orders.ndjson");
    let count = 0;
    for (let round = 0; round < 5; round++) {
      const ended = new AbortController();
      // Where a recording has begun it goes on, and where it begins is said in vain.
      const from = round === 0 ? "TRIM_HORIZON" : "LATEST";
      const args = ["--output", file, "--follow", "--from", from];
      const recording = record(stream, args, { signal: ended.signal });
      if (round === 0)
        await until(() => readdirSync(file.slice(0, file.lastIndexOf("/"))).length === 2);
      for (let n = 0; n < 10; n++, count += 20) {
        put(stream, count, count + 20);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      ended.abort();
      expect((await recording).status).toBe(0);
      if (round === 2) split(stream, "shardId-000000000000", 100n);
    }
    await record(stream, ["--output", file, "--from", "LATEST"]);
    expect(sorted(idsOf(readFileSync(file, "utf8")))).toEqual(upTo(count));
  });

  it("without --follow ends with status 1, and the same command finishes it", async () => {
    const stream = await served({ faults: { GetRecords: { latencyMs: 10 } } });
    put(stream, 0, 10);
    const file = folder().at("orders.ndjson");
    const ended = new AbortController();
    const recording = record(stream, ["--output", file], { signal: ended.signal });
    ended.abort();
    expect((await recording).status).toBe(1);
    expect((await record(stream, ["--output", file])).status).toBe(0);
    expect(idsOf(readFileSync(file, "utf8"))).toEqual(upTo(10));
  });

  it("is begun anew with --overwrite", async () => {
    const stream = await served();
    put(stream, 0, 3);
    const file = folder().write("orders.ndjson", "something\n");
    for (let n = 0; n < 2; n++) await record(stream, ["--output", file, "--overwrite"]);
    expect(idsOf(readFileSync(file, "utf8"))).toEqual([0, 1, 2]);
  });
});

describe("an error", () => {
  it.each([
    ["no stream", [], "which stream?"],
    ["two streams", ["orders", "clicks"], "one stream at a time"],
    ["an unknown place", ["orders", "--from", "yesterday"], "--from takes TRIM_HORIZON"],
    ["an end that is none", ["orders", "--until", "LATEST"], "--until takes a time"],
    ["a number without its shard", ["orders", "--from", "4".repeat(56)], "needs one --shard"],
    ["overwriting nothing", ["orders", "--overwrite"], "--overwrite belongs to --output"],
    ["no limit", ["orders", "--limit", "0"], "--limit takes a whole number above 0"],
    ["an unknown option", ["orders", "--untill", "x"], "--untill"],
  ])("of the command line is a usage error: %s", async (_, args, message) => {
    const { out, err, texts } = written();
    expect(await recordCommand(args, { out, err, env: {} })).toBe(2);
    expect(texts.err).toContain(message);
  });

  it("is a stream or a shard that is not there, with the name that was meant", async () => {
    const { endpoint } = await served();
    const { out, err, texts } = written();
    const surroundings = { out, err, env: {}, signal: new AbortController().signal };
    expect(await recordCommand(["order", "--endpoint", endpoint], surroundings)).toBe(1);
    expect(texts.err).toContain("there is no stream order. Did you mean orders?");
    const shard = ["orders", "--shard", "shardId-00000000000", "--endpoint", endpoint];
    expect(await recordCommand(shard, surroundings)).toBe(2);
    expect(texts.err).toContain("Did you mean shardId-000000000000?");
  });

  it("is an endpoint where nothing listens", async () => {
    const stream = await served();
    await stream.close();
    const { status, err } = await record(stream, []);
    expect(err).toContain("nothing listens at that endpoint");
    expect(status).toBe(1);
  });

  it("is a file that cannot be written, or holds something else", async () => {
    const stream = await served();
    const at = folder();
    const output = async (file: string) => record(stream, ["--output", file]);
    expect((await output(at.at("none/a"))).err).toContain("cannot write");
    const other = at.write("other.ndjson", '{"id":1}\n');
    expect((await output(other)).err).toContain("other.ndjson:1: this is no line of a recording.");
    expect(readFileSync(other, "utf8")).toBe('{"id":1}\n');
    const file = at.write("a.ndjson", "");
    const checkpoint = { stream: "clicks", startedAt: 0, bytes: 0, shards: {} };
    at.write("a.ndjson.checkpoint", JSON.stringify(checkpoint));
    expect((await output(file)).err).toContain("is a recording of the stream clicks.");
    at.write("a.ndjson.checkpoint", JSON.stringify({ ...checkpoint, stream: "orders", bytes: 9 }));
    expect((await output(file)).err).toContain("is shorter than when it was left");
    at.write("a.ndjson.checkpoint", "{");
    expect((await output(file)).err).toContain("is no checkpoint of a recording");
  });
});

it("says when the stream may have lost what the recording had not", async () => {
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
  const stream = await served({ clock });
  put(stream, 0, 2);
  const file = folder().at("orders.ndjson");
  await record(stream, ["--output", file], { clock });
  now += 25 * 3_600_000;
  put(stream, 2, 4);
  const { err } = await record(stream, ["--output", file], { clock });
  expect(err).toMatch(/the stream keeps 24 hours: records in between may be gone/);
  expect(idsOf(readFileSync(file, "utf8"))).toEqual(upTo(4));
});

it("--help says what every option does", async () => {
  const { out, texts } = written();
  expect(await recordCommand(["--help"], { out })).toBe(0);
  for (const option of ["--output", "--from", "--until", "--shard", "--follow", "--limit"]) {
    expect(texts.out).toContain(option);
  }
});
