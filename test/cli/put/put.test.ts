import { createServer } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { putCommand } from "../../../packages/cli/src/put/command.ts";
import type { PutSurroundings } from "../../../packages/cli/src/put/put-files.ts";
import { aggregate, deaggregate, effectiveHashKey } from "../../../src/kpl.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { folder, served, until, written } from "./served.ts";

/** A clock that jumps whenever somebody waits. Others still have their turn: the producer looks at it while a request is under way. */
function hasty() {
  let now = 0;
  return {
    now: () => now,
    async sleep(ms: number) {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    after: () => () => {},
  };
}

async function run(args: readonly string[], more: PutSurroundings = {}) {
  const { out, err, texts } = written();
  const status = await putCommand(args, {
    ...{ out, err, env: {}, random: seededRandom(1), signal: new AbortController().signal },
    ...more,
  });
  return { status, ...texts };
}

const lines = (count: number, make: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(make(index))}\n`).join("");

describe("what is put", () => {
  it("is every line as it stands there, under the key that --key names", async () => {
    const { endpoint, texts } = await served();
    const file = folder().write("a.ndjson", '{"customer": {"id": 7}}\n{"customer":{"id":"x"}}\n');
    const args = ["orders", file, "--endpoint", endpoint, "--key", "customer.id", "--json"];
    const { status, out, err } = await run(args);
    expect(texts()).toEqual([
      { partitionKey: "7", text: '{"customer": {"id": 7}}' },
      { partitionKey: "x", text: '{"customer":{"id":"x"}}' },
    ]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      ...{ stream: "orders", records: 2, streamRecords: 2, bytes: 46, refused: 0, skipped: 0 },
      shards: { "shardId-000000000000": 2 },
    });
  });

  it("without --key goes to all shards, each record under a key of its own", async () => {
    const { endpoint, texts } = await served({ shards: 4 });
    const file = folder().write("a.csv", `id,name\n${"1,x\n".repeat(200)}`);
    const { status, out } = await run(["orders", file, "--endpoint", endpoint, "--json"]);
    expect(status).toBe(0);
    expect(new Set(texts().map(({ partitionKey }) => partitionKey)).size).toBe(200);
    expect(new Set(texts().map(({ text }) => text))).toEqual(new Set(['{"id":"1","name":"x"}']));
    expect(Object.keys(JSON.parse(out).shards)).toHaveLength(4);
  });

  it("keeps the key that was recorded", async () => {
    const { endpoint, texts } = await served();
    const file = folder().write(
      "events",
      JSON.stringify({
        Records: [
          {
            eventID: "shardId-000000000000:1",
            kinesis: { partitionKey: "k", data: Buffer.from("x").toString("base64") },
          },
        ],
      }),
    );
    await run(["orders", file, "--endpoint", endpoint]);
    expect(texts()).toEqual([{ partitionKey: "k", text: "x" }]);
  });

  it("may come from standard input, and from several files, packed ones too", async () => {
    const { endpoint, texts } = await served();
    const at = folder();
    const files = [at.write("a.ndjson", "1\n"), at.write("b.ndjson.gz", gzipSync("2\n")), "-"];
    const args = ["orders", ...files, "--endpoint", endpoint];
    const { status, err } = await run(args, { input: Readable.from(["[", "3]"]) });
    expect(status).toBe(0);
    expect(
      texts()
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["1", "2", "[3]"]);
    expect(err).toContain(`${files[0]} 2/2`);
  });

  it.each([
    ["goes at the rate that was asked for", []],
    ["goes at that rate in aggregates too, whose records count", ["--aggregate"]],
  ])("%s", async (_, options) => {
    const { endpoint, texts } = await served();
    const clock = hasty();
    const file = folder().write(
      "a.ndjson",
      lines(100, (id) => id),
    );
    const args = ["orders", file, "--endpoint", endpoint, "--rate", "50", "--json"];
    await run([...args, ...options, "--concurrency", "1"], { clock });
    expect(texts()).toHaveLength(100);
    // Five records ahead at most, each 20 ms after the one before.
    expect(clock.now()).toBeGreaterThanOrEqual(20 * (100 - 5));
  });
});

describe("the order of a key", () => {
  const keys = 7;
  const count = 700;
  const file = () =>
    folder().write(
      "a.ndjson",
      lines(count, (id) => ({ id, key: `k${id % keys}` })),
    );

  const byKey = (texts: readonly { partitionKey: string; text: string }[]) => {
    const ids: Record<string, number[]> = {};
    for (const { partitionKey, text } of texts) {
      ids[partitionKey] ??= [];
      ids[partitionKey].push(JSON.parse(text).id);
    }
    return ids;
  };
  const expected = Object.fromEntries(
    Array.from({ length: keys }, (_, key) => [
      `k${key}`,
      Array.from({ length: count }, (_, id) => id).filter((id) => id % keys === key),
    ]),
  );
  it.each([
    ["plain", []],
    ["in aggregates", ["--aggregate"]],
  ])("is kept while the stream refuses every third record, %s", async (_, options) => {
    const faults = { PutRecords: { throttleRate: 0.3, internalFailureRate: 0.05 } };
    const { endpoint, texts } = await served({ shards: 3, faults });
    const args = ["orders", file(), "--endpoint", endpoint, "--key", "key", "--json", ...options];
    const { status, out } = await run(args, { clock: hasty() });
    expect(status).toBe(0);
    expect(byKey(texts())).toEqual(expected);
    expect(JSON.parse(out)).toMatchObject({ records: count });
  });

  it("is given up for speed with --unordered, and nothing is lost or put twice", async () => {
    const faults = { PutRecords: { throttleRate: 0.3 } };
    const { endpoint, texts } = await served({ faults });
    const args = [
      "orders",
      file(),
      "--endpoint",
      endpoint,
      "--key",
      "key",
      "--json",
      "--unordered",
    ];
    const { out } = await run(args, { clock: hasty() });
    const ids = texts().map(({ text }) => JSON.parse(text).id);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, id) => id));
    expect(JSON.parse(out).refused).toBeGreaterThan(0);
    expect(JSON.parse(out).requests).toBeLessThan(count / keys);
  });
});

describe("aggregates", () => {
  it("hold records of one shard each, and no more than the KPL's", async () => {
    const { endpoint, kinesis, stored, texts } = await served({ shards: 4 });
    const file = folder().write(
      "a.ndjson",
      lines(2000, (id) => ({ id, text: "x".repeat(100) })),
    );
    await run(["orders", file, "--endpoint", endpoint, "--key", "id", "--aggregate"]);
    expect(texts()).toHaveLength(2000);
    expect(stored().length).toBeLessThan(100);
    const ranges = new Map(
      kinesis
        .listShards({ stream: "orders" })
        .map(({ shardId, hashKeyRange }) => [shardId, hashKeyRange]),
    );
    for (const { shardId, data } of stored()) {
      expect(data.byteLength).toBeLessThanOrEqual(51_200);
      const { startingHashKey, endingHashKey } = ranges.get(shardId)!;
      for (const record of deaggregate(data) ?? []) {
        const hashKey = effectiveHashKey(record);
        expect(hashKey >= BigInt(startingHashKey) && hashKey <= BigInt(endingHashKey)).toBe(true);
      }
    }
  });

  it("that were recorded go where their records belong, and into no other aggregate", async () => {
    const { endpoint, stored } = await served({ shards: 4 });
    const inner = aggregate([
      { partitionKey: "x", data: Buffer.from("1") },
      { partitionKey: "x", data: Buffer.from("2") },
    ]);
    const file = folder().write(
      "a.ndjson",
      `${JSON.stringify({ partitionKey: "a", dataBase64: Buffer.from(inner.data).toString("base64") })}\n`.repeat(
        2,
      ),
    );
    const args = ["orders", file, "--endpoint", endpoint, "--format", "records"];
    await run(args);
    await run([...args, "--aggregate"]);
    const plain = folder().write("b.ndjson", '{"k":"x"}\n');
    await run(["orders", plain, "--endpoint", endpoint, "--key", "k"]);
    expect(stored().map(({ data }) => deaggregate(data)?.length)).toEqual([2, 2, 2, 2, undefined]);
    expect(new Set(stored().map(({ shardId }) => shardId)).size).toBe(1);
  });

  it("follow the stream when it is resharded", async () => {
    const { endpoint, kinesis, stored } = await served();
    async function* input() {
      yield lines(100, (id) => ({ id }));
      await until(() => stored().length > 0);
      kinesis.splitShard({
        ...{ stream: "orders", shardToSplit: "shardId-000000000000" },
        newStartingHashKey: String(2n ** 127n),
      });
      for (let n = 0; n < 20; n++) {
        yield lines(1000, (id) => ({ id: `${n}-${id}`, text: "x".repeat(200) }));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const args = ["orders", "-", "--endpoint", endpoint, "--key", "id", "--aggregate", "--json"];
    const { status } = await run(args, { input: input() });
    expect(status).toBe(0);
    const last = stored()
      .filter(({ shardId }) => shardId.endsWith("2"))
      .at(-1)!;
    const foreign = deaggregate(last.data)!.filter(
      (record) => effectiveHashKey(record) < 2n ** 127n,
    );
    expect(foreign).toEqual([]);
  });
});

describe("files of strangers", () => {
  const large = ["9007199254740992", "9007199254740993"];

  it("are decoded with --encoding, and refused without, before anything is changed", async () => {
    const { endpoint, texts } = await served();
    const file = folder().write("a.csv", Buffer.from("id,name\n1,Renée\n", "latin1"));
    const args = ["orders", file, "--endpoint", endpoint];
    const { status, err } = await run(args);
    expect(err).toContain(`${file}:2:6: the byte 0xe9 is not UTF-8.`);
    expect(status).toBe(1);
    expect(texts()).toEqual([]);
    expect((await run([...args, "--encoding", "latin1"])).status).toBe(0);
    expect(texts().map(({ text }) => text)).toEqual(['{"id":"1","name":"Renée"}']);
  });

  it("may be a trail of one document, packed, whatever its name is", async () => {
    const { endpoint, texts } = await served();
    const records = large.map((id) => `{"eventID":${id}, "n":1.0}`);
    const file = folder().write("trail.json", gzipSync(`{"Records":[${records}]}`));
    const args = ["orders", file, "--each", "Records", "--key", "eventID", "--endpoint", endpoint];
    expect((await run(args)).status).toBe(0);
    // Two numbers that JavaScript takes for one are two keys.
    expect(texts()).toEqual(
      large.map((partitionKey, place) => ({ partitionKey, text: records[place] })),
    );
  });

  it("may be packed on standard input", async () => {
    const { endpoint, texts } = await served();
    const packed = gzipSync("#Version: 1.0\n#Fields: c-ip x\n192.0.2.1\t-\n");
    const input = Readable.from([packed.subarray(0, 5), packed.subarray(5)]);
    await run(["orders", "-", "--key", "c-ip", "--endpoint", endpoint], { input });
    expect(texts()).toEqual([{ partitionKey: "192.0.2.1", text: '{"c-ip":"192.0.2.1","x":null}' }]);
  });

  it("with an open quote lose that line with --skip-bad-lines, and no other", async () => {
    const { endpoint, texts } = await served();
    const file = folder().write("a.csv", 'id,text\n1,"a\n2,b\n3,c\n');
    const args = ["orders", file, "--endpoint", endpoint, "--skip-bad-lines"];
    const { status, err, out } = await run([...args, "--json"]);
    expect(err).toContain(`left out: ${file}:2: a quote is opened here and never closed.`);
    expect(JSON.parse(out)).toMatchObject({ records: 2, skipped: 1 });
    expect(
      texts()
        .map(({ text }) => JSON.parse(text).id)
        .sort(),
    ).toEqual(["2", "3"]);
    expect(status).toBe(0);
  });
});

describe("an error", () => {
  const file = (text: string, name = "a.ndjson") => folder().write(name, text);

  it.each([
    ["no stream", [], "which stream?"],
    ["no file", ["orders"], "which file?"],
    ["an unknown option", ["orders", "-", "--kee", "x"], "--kee"],
    ["an unknown format", ["orders", "-", "--format", "cvs"], 'no format "cvs". Did you mean csv?'],
    ["an unknown encoding", ["orders", "-", "--encoding", "latin9x"], 'no encoding "latin9x"'],
    ["a near encoding", ["orders", "-", "--encoding", "Latin-1"], "Did you mean latin1?"],
    ["a list of nothing", ["orders", "-", "--each", "a..b"], "--each takes a member or a path"],
    ["a list in rows", ["orders", "-", "--each", "a", "--format", "csv"], "--each belongs to JSON"],
    ["a file without a name", ["orders", ""], "the name of a file is empty."],
    ["no URL", ["orders", "-", "--endpoint", "localhost:4567"], "--endpoint takes a URL such as"],
    ["another's ARN", ["arn:aws:sqs:eu-west-1:1:q", "-"], "is no ARN of a stream, such as"],
    ["a rate of nothing", ["orders", "-", "--rate", "0"], "--rate takes a number above 0"],
    ["a half concurrency", ["orders", "-", "--concurrency", "1.5"], "--concurrency takes a whole"],
    ["following standard input", ["orders", "-", "--follow"], "--follow takes a file"],
    ["following two files", ["orders", "a", "b", "-f"], "--follow takes one file."],
    ["a restart of nothing", ["orders", "a", "--restart"], "--restart belongs to --follow"],
    ["a path that is none", ["orders", "-", "--key", "a..b"], "--key takes a field or a path"],
  ])("of the command line is a usage error: %s", async (_, args, message) => {
    const { status, out, err } = await run(args, { input: Readable.from([]) });
    expect(err).toContain(message);
    expect({ status, out }).toEqual({ status: 2, out: "" });
  });

  it("is a missing file, before anything is put", async () => {
    const { endpoint, stored } = await served();
    const { status, err } = await run(["orders", file("1\n"), "none.csv", "--endpoint", endpoint]);
    expect(err).toBe("shardmill put: cannot read none.csv: there is no such file.\n");
    expect(status).toBe(1);
    expect(stored()).toEqual([]);
  });

  it("is bad JSON, with its line; what stands before it is put", async () => {
    const { endpoint, texts } = await served();
    const bad = file("1\n2\n{,\n4\n");
    const { status, err, out } = await run(["orders", bad, "--endpoint", endpoint, "--json"]);
    expect(err).toContain(`shardmill put: ${bad}:3:2: this is no JSON`);
    expect(status).toBe(1);
    expect(
      texts()
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["1", "2"]);
    expect(JSON.parse(out).stoppedAt).toEqual({ file: bad, line: 3 });
  });

  it("is a record without the field of its key", async () => {
    const { endpoint } = await served();
    const put = (text: string) =>
      run(["orders", file(text), "--endpoint", endpoint, "--key", "a.b", "--json"]);
    expect((await put('{"a":{"b":1}}\n{"a":2}\n')).err).toMatch(
      /a\.ndjson:2: there is no field a\.b, of which the partition key is made\.\n$/,
    );
    expect((await put('{"a":{"b":{}}}\n')).err).toContain("the field a.b is no text and no number");
    expect((await put('{"a.b":""}\n')).err).toContain("the field a.b is empty");
    expect((await put(`{"a.b":"${"x".repeat(257)}"}\n`)).err).toContain("has 257 characters");
  });

  it("is left out with --skip-bad-lines, and said", async () => {
    const { endpoint, texts } = await served();
    const bad = file('{"k":1}\n{\n{"z":1}\n{"k":2}\n');
    const args = ["orders", bad, "--endpoint", endpoint, "--key", "k", "--skip-bad-lines"];
    const { status, err, out } = await run([...args, "--json"]);
    expect(texts().map(({ partitionKey }) => partitionKey)).toEqual(["1", "2"]);
    expect(err).toContain(`left out: ${bad}:2:`);
    expect(err).toContain(`left out: ${bad}:3: there is no field k`);
    expect(JSON.parse(out)).toMatchObject({ skipped: 2, records: 2 });
    expect(status).toBe(0);
  });

  it("is a record that is too large for the stream", async () => {
    const { endpoint } = await served();
    const large = file(`1\n"${"x".repeat(1024 * 1024)}"\n`);
    const { status, err } = await run(["orders", large, "--endpoint", endpoint, "--json"]);
    expect(err).toMatch(
      /a\.ndjson:2: \d+ bytes with its partition key: the stream takes 1048576\./,
    );
    expect(status).toBe(1);
  });

  it("is a stream that is not there, with the name that was meant", async () => {
    const { endpoint } = await served();
    const { status, err } = await run(["order", file("1\n"), "--endpoint", endpoint]);
    expect(err).toBe("shardmill put: there is no stream order. Did you mean orders?\n");
    expect(status).toBe(1);
    const args = ["clicks", file("1\n"), "--endpoint", endpoint, "--region", "eu-west-1"];
    // It may be of another region.
    expect((await run(args)).err).toBe(
      `shardmill put: there is no stream clicks. It was looked for in eu-west-1, at ${endpoint}.\n`,
    );
  });

  it("is an endpoint where nothing listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const args = ["orders", file("1\n"), "--endpoint", `http://127.0.0.1:${port}`];
    const { status, err } = await run(args);
    expect(err).toContain(`nothing listens at that endpoint (127.0.0.1:${port})`);
    expect(status).toBe(1);
  });

  it("is a stream that takes nothing for so long", async () => {
    const { endpoint } = await served({ faults: { PutRecords: { throttleRate: 1 } } });
    const clock = hasty();
    const args = [
      "orders",
      file("1\n2\n"),
      "--endpoint",
      endpoint,
      "--give-up-after",
      "5",
      "--json",
    ];
    const { status, err, out } = await run(args, { clock });
    expect(err).toMatch(/nothing was taken for 5 s: ProvisionedThroughputExceededException/);
    expect(status).toBe(1);
    expect(JSON.parse(out).stoppedAt.line).toBe(1);
  });
});

it("Ctrl-C waits for what is under way, and says where it was", async () => {
  const { endpoint, texts } = await served({ faults: { PutRecords: { latencyMs: 50 } } });
  const ended = new AbortController();
  async function* input() {
    for (let n = 0; ; n++) {
      yield `{"id":${n}}\n`;
      if (texts().length > 3) ended.abort();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const args = ["orders", "-", "--endpoint", endpoint, "--key", "id", "--json"];
  const { status, out } = await run(args, { input: input(), signal: ended.signal });
  const { records, stoppedAt } = JSON.parse(out);
  expect(texts()).toHaveLength(records);
  expect(status).toBe(1);
  const ids = new Set(texts().map(({ partitionKey }) => Number(partitionKey)));
  for (let id = 0; id < stoppedAt.line - 1; id++) expect(ids).toContain(id);
});

it("Ctrl-C does not wait for the rate", async () => {
  const { endpoint, texts } = await served();
  const ended = new AbortController();
  const file = folder().write(
    "a.ndjson",
    lines(3, (id) => id),
  );
  const args = ["orders", file, "--endpoint", endpoint, "--rate", "0.05", "--json"];
  const running = run(args, { signal: ended.signal });
  await until(() => texts().length === 1);
  // So that the next one waits.
  await new Promise((resolve) => setTimeout(resolve, 50));
  ended.abort();
  const { status, out } = await running;
  expect(status).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ records: 1, stoppedAt: { file, line: 2 } });
});

it("Ctrl-C ends it while standard input is silent", async () => {
  const { endpoint } = await served();
  const ended = new AbortController();
  const input = new Readable({ read() {} });
  setTimeout(() => ended.abort(), 20);
  const args = ["orders", "-", "--endpoint", endpoint, "--json"];
  const { status, out } = await run(args, { input, signal: ended.signal });
  expect(status).toBe(1);
  expect(JSON.parse(out).stoppedAt).toEqual({ file: "-", line: 1 });
});

it("--help says what every option does", async () => {
  const { status, out } = await run(["--help"]);
  expect(status).toBe(0);
  for (const option of ["--key", "--aggregate", "--rate", "--follow", "--checkpoint", "--json"]) {
    expect(out).toContain(option);
  }
});
