import { existsSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { effectiveHashKey } from "shardmill/kpl";
import { expect, test, vi } from "vitest";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { readRecords } from "../../packages/cli/src/replay/records.ts";
import { replaySettings } from "../../packages/cli/src/replay/settings.ts";
import { kinesisEvent } from "../../src/testing/kinesis-event.ts";
import { fn, mapping, type Project, project, stream, template } from "../local/run/templates.ts";

const fine = `export const handler = async (event: any) => {
  for (const { kinesis } of event.Records)
    console.log(kinesis.partitionKey, Buffer.from(kinesis.data, "base64").toString());
};`;
const poisoned = `export const handler = async (event: any) => {
  for (const { kinesis } of event.Records)
    if (Buffer.from(kinesis.data, "base64").toString().includes("poison")) throw new Error("poison");
};`;

interface Surroundings {
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly settings?: Parameters<typeof mapping>[2];
}

/** Runs the command in a project with the function `orders` on one stream, `copies` on two, `idle` on none. */
async function run(
  args: string[],
  at: Project,
  { input = "", signal, settings }: Surroundings = {},
) {
  let out = "";
  let err = "";
  const file = at.at("orders.ts");
  const second = mapping("copies", "refunds", settings);
  const status = await replayCommand(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: signal ?? new AbortController().signal,
    cwd: at.root,
    env: {},
    input: Readable.from([Buffer.from(input)]),
    readTemplate: async () =>
      template(at.root, {
        streams: [stream("orders"), stream("refunds")],
        functions: [fn("orders", file), fn("copies", file), fn("idle", file)],
        mappings: [
          mapping("orders", "orders", settings),
          mapping("copies", "orders", settings),
          { ...second, logicalId: "second" },
        ],
      }),
  });
  return { status, out, err };
}

const ndjson = (...values: object[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

test("lines of JSON are delivered, with a summary and status 0", async () => {
  const at = project({ "orders.ts": fine, "a.ndjson": ndjson({ id: 1 }, { id: 2 }) });
  const { status, out } = await run(["orders", at.at("a.ndjson")], at);
  expect(out).toMatch(/put +2 into orders\ndelivered +2 in 1 invocation, /);
  expect(out).toMatch(/lost +0\nleft +0\n/);
  expect(status).toBe(0);
});

test.each([
  ["CSV", "a.csv", "id,name\n1,Ann\n2,Bob\n"],
  ["an event", "a.json", JSON.stringify(kinesisEvent([{ id: 1 }, { id: 2 }]), null, 2)],
  [
    "a failure document with its payload",
    "failed.json",
    JSON.stringify({
      KinesisBatchInfo: {
        streamArn: "arn:aws:kinesis:us-east-1:1:stream/orders",
        shardId: "shardId-000000000000",
      },
      payload: JSON.stringify(kinesisEvent([{ id: 1 }, { id: 2 }])),
    }),
  ],
])("%s is delivered too", async (_, name, content) => {
  const at = project({ "orders.ts": fine, [name]: content });
  const { status, out } = await run(["orders", at.at(name), "--json"], at);
  expect(JSON.parse(out)).toMatchObject({ put: 2, delivered: 2, parked: 0, lost: 0, left: 0 });
  expect(status).toBe(0);
});

test("several files, one of them packed, one from standard input", async () => {
  const at = project({ "orders.ts": fine, "a.ndjson": ndjson({ id: 1 }) });
  writeFileSync(at.at("b.ndjson.gz"), gzipSync(ndjson({ id: 2 })));
  const input = ndjson({ id: 3 }, { id: 4 });
  const args = ["orders", at.at("a.ndjson"), at.at("b.ndjson.gz"), "-", "--json"];
  expect(JSON.parse((await run(args, at, { input })).out)).toMatchObject({ put: 4, delivered: 4 });
});

test("what is lost is said, with status 1", async () => {
  const at = project({ "orders.ts": poisoned, "a.ndjson": ndjson({ id: 1 }, { id: "poison" }) });
  const settings = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 };
  const { status, out } = await run(["orders", at.at("a.ndjson")], at, { settings });
  expect(out).toMatch(/delivered +1 .*\nretried +2\nparked +0\nlost +1\nleft +0/);
  expect(out).toMatch(
    /gave up +1 record of shardId-000000000000 from \d+, RetryAttemptsExhausted after 1 attempt: Error: poison\n/,
  );
  expect(status).toBe(1);
});

test("what is left in a shard that is stuck is said, with status 1", async () => {
  const at = project({ "orders.ts": poisoned, "a.ndjson": ndjson({ id: "poison" }, { id: 1 }) });
  const { status, out } = await run(["orders", at.at("a.ndjson"), "--attempts", "2"], at);
  expect(out).toMatch(/left +2\n/);
  expect(out).toMatch(/stuck +shardId-000000000000 at \d+, which failed 2 times: Error: poison\n/);
  expect(status).toBe(1);
});

test.each([
  [
    "an error that was logged",
    `console.error(JSON.stringify({ timestamp: "", level: "ERROR", message: "A record failed.",
       sequenceNumber: id, error: { name: "TypeError", message: "no stock" } }));
     console.error(JSON.stringify({ timestamp: "", level: "ERROR", message: "Another one." }));`,
    "TypeError: no stock",
  ],
  ["nothing at all", "", "the function named its first record as failed, and logged no error"],
])("a shard that is stuck at an item failure is told with %s", async (_, logging, error) => {
  const source = `export const handler = async (event: any) => {
    const id = event.Records[0].kinesis.sequenceNumber;
    ${logging}
    return { batchItemFailures: [{ itemIdentifier: id }] };
  };`;
  const at = project({ "orders.ts": source, "a.ndjson": ndjson({ id: 1 }, { id: 2 }) });
  const settings = { functionResponseTypes: ["ReportBatchItemFailures" as const] };
  const args = ["orders", at.at("a.ndjson"), "--attempts", "2", "--json"];
  const { out } = await run(args, at, { settings });
  expect(JSON.parse(out).stuck).toEqual([
    {
      ...{ shardId: "shardId-000000000000", attempts: 2, error },
      firstSequenceNumber: expect.stringMatching(/^\d+$/),
    },
  ]);
});

test("interrupted, it says what is left", async () => {
  const source = `
    import { existsSync, writeFileSync } from "node:fs";
    export const handler = () => {
      writeFileSync(process.env.LAMBDA_TASK_ROOT + "/begun", "");
      return new Promise(() => {});
    };`;
  const at = project({ "orders.ts": source, "a.ndjson": ndjson({ id: 1 }) });
  const interrupted = new AbortController();
  const running = run(["orders", at.at("a.ndjson")], at, { signal: interrupted.signal });
  await vi.waitUntil(() => existsSync(at.at("begun")), { timeout: 30_000 });
  interrupted.abort();
  const { status, out } = await running;
  expect(out).toMatch(/left +1\n/);
  expect(status).toBe(1);
});

test("--faults says which, and the seed that draws them again", async () => {
  const at = project({ "orders.ts": fine, "a.ndjson": ndjson({ id: 1 }) });
  const args = ["orders", at.at("a.ndjson"), "--faults", "--seed", "7", "--json"];
  const { status, out } = await run(args, at);
  expect(JSON.parse(out)).toMatchObject({
    delivered: 1,
    seed: 7,
    faults: { kills: expect.any(Number) },
  });
  expect(status).toBe(0);
});

test("of several streams, it is the one that the records are from, or the one that is said", async () => {
  const event = kinesisEvent([{ id: 1 }], { streamName: "refunds" });
  const at = project({
    "orders.ts": fine,
    "a.json": JSON.stringify(event),
    "b.ndjson": ndjson({ id: 1 }),
  });
  const from = async (...args: string[]) => {
    const { out, err } = await run(["copies", ...args, "--json"], at);
    return err.includes("shardmill replay:") ? err : JSON.parse(out).stream;
  };
  expect(await from(at.at("a.json"))).toBe("refunds");
  expect(await from(at.at("a.json"), "--stream", "orders")).toBe("orders");
  expect(await from(at.at("b.ndjson"))).toContain(
    "copies reads orders, refunds: say which with --stream.",
  );
  expect(await from(at.at("b.ndjson"), "--stream", "refund")).toContain("Did you mean refunds?");
});

test("an aggregate goes where the first of its records belongs, not where its own key does", async () => {
  const event = kinesisEvent([{ id: 1 }, { id: 2 }], { aggregate: true });
  const at = project({ "a.json": JSON.stringify(event) });
  const settings = { files: [at.at("a.json")], speed: Number.POSITIVE_INFINITY };
  const { records } = await readRecords(settings as never, Readable.from([]), false);
  const explicitHashKey = String(effectiveHashKey({ partitionKey: "key-0" }));
  expect(records).toMatchObject([{ partitionKey: "a", explicitHashKey }]);
});

test("files of strangers are read as put reads them", async () => {
  const at = project({ "orders.ts": fine, "trail.json": '{"Records":[{"id":9007199254740993}]}' });
  const args = ["orders", at.at("trail.json"), "--each", "Records", "--key", "id"];
  const { records } = await readRecords(replaySettings(args), Readable.from([]), false);
  expect(records).toMatchObject([{ partitionKey: "9007199254740993" }]);
  expect(Buffer.from(records[0]!.data).toString()).toBe('{"id":9007199254740993}');
  expect(JSON.parse((await run([...args, "--json"], at)).out)).toMatchObject({ delivered: 1 });
  writeFileSync(at.at("a.csv"), Buffer.from("id\né\n", "latin1"));
  const { status, err } = await run(["orders", at.at("a.csv")], at);
  expect(err).toContain("a.csv:2:1: the byte 0xe9 is not UTF-8.");
  expect(status).toBe(1);
  const decoded = await run(["orders", at.at("a.csv"), "--encoding", "latin1", "--json"], at);
  expect(JSON.parse(decoded.out)).toMatchObject({ delivered: 1 });
});

test("lines that cannot be read are left out where that is wanted, and counted", async () => {
  const text = '{"id":1}\n{\n{"no":2}\n{"id":3}\n';
  const at = project({ "orders.ts": fine, "a.ndjson": text });
  const args = ["orders", at.at("a.ndjson"), "--key", "id"];
  expect((await run(args, at)).err).toMatch(/a\.ndjson:2:\d+: this is no JSON/);
  const { err, out, status } = await run([...args, "--skip-bad-lines"], at);
  expect(err).toContain("left out: ");
  expect(err).toContain("a.ndjson:3: --key: this record has no id");
  expect(out).toMatch(/delivered +2 in /);
  expect(out).toMatch(/\nleft out +2 lines\n/);
  expect(status).toBe(0);
});

test("a key is taken from the member that is named", async () => {
  const at = project({
    "orders.ts": `export const handler = async (event: any) => {
      if (event.Records[0].kinesis.partitionKey !== "ann") throw new Error(event.Records[0].kinesis.partitionKey);
    };`,
    "a.ndjson": ndjson({ customer: { id: "ann" } }),
    "b.ndjson": ndjson({ customer: {} }),
  });
  expect(await run(["orders", at.at("a.ndjson"), "--key", "customer.id"], at)).toMatchObject({
    status: 0,
  });
  const { status, err } = await run(["orders", at.at("b.ndjson"), "--key", "customer.id"], at);
  expect(err).toContain("b.ndjson:1: --key: this record has no customer.id");
  expect(status).toBe(1);
});

test("a mapping that Lambda refuses is told with its place, and with the reason", async () => {
  const at = project({ "orders.ts": fine, "a.ndjson": ndjson({ id: 1 }) });
  const filterCriteria = { filters: [{ pattern: { data: { id: [{ prefix: 7 }] } } }] };
  const { status, err } = await run(["orders", at.at("a.ndjson")], at, {
    settings: { filterCriteria },
  });
  expect(err).toMatch(
    /template\.json: mapping orders\w*: Invalid filter .*The field "data.id": "prefix" takes a string\./,
  );
  expect(status).toBe(1);
});

test.each([
  [["orders"], 2, "which records? Give a file, or -."],
  [[], 2, "which function? Give its name."],
  [["order", "a.ndjson"], 2, "Did you mean orders?"],
  [
    ["idle", "a.ndjson"],
    1,
    "no stream leads to idle, and no delivery stream. Use shardmill invoke.",
  ],
  [["orders", "none.ndjson"], 1, "cannot read none.ndjson: there is no such file."],
  [["orders", "bad.ndjson"], 1, "bad.ndjson:2:8: this is no JSON"],
  [
    ["orders", "a.ndjson", "--speed", "fast"],
    2,
    "--speed takes how many times as fast, such as 10x, not fast.",
  ],
  [["orders", "a.ndjson", "--speed", "2x"], 1, "a.ndjson:1: --speed needs arrival times"],
  [["orders", "a.ndjson", "--seed", "2"], 2, "--seed decides which faults: give --faults with it."],
  [
    ["orders", "a.ndjson", "--format", "jsonn"],
    2,
    'there is no format "jsonn". Did you mean json?',
  ],
  [
    ["orders", "a.ndjson", "--attempts", "0"],
    2,
    "--attempts takes a whole number from 1 on, not 0.",
  ],
] as const)("%j is refused", async (args, status, message) => {
  const at = project({
    "orders.ts": fine,
    "a.ndjson": ndjson({ id: 1 }),
    "bad.ndjson": '{"id":1}\n{"id": x}\n',
  });
  const paths = args.map((arg) => (/^(a|bad)\./.test(arg) ? at.at(arg) : arg));
  const refused = await run(paths, at);
  expect(refused.err).toContain(message);
  expect(refused).toMatchObject({ status, out: "" });
});

test("--help says what every option does", async () => {
  const { status, out } = await run(["--help"], project());
  expect(status).toBe(0);
  for (const option of ["--speed", "--faults", "--seed", "--stream", "--key", "--json"]) {
    expect(out).toContain(option);
  }
});
