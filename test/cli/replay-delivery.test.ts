import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test, vi } from "vitest";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import {
  bucket,
  deliveryStream,
  fn,
  type Project,
  project,
  stream,
  template,
} from "../local/run/templates.ts";
import { opensearchDouble } from "../sinks/opensearch-double.ts";

/** Writes lines in capitals; drops comments, and fails at what is bad. */
const loud = `export const handler = async ({ records }: any) => ({
  records: records.map(({ recordId, data }: any) => {
    const text = Buffer.from(data, "base64").toString();
    if (text.startsWith("#")) return { recordId, result: "Dropped" };
    if (text.includes("bad")) return { recordId, result: "ProcessingFailed", data };
    return { recordId, result: "Ok", data: Buffer.from(text.toUpperCase() + "\\n").toString("base64") };
  }),
});`;

const destination = (functionName: string, more: object = {}) => ({
  ExtendedS3DestinationConfiguration: {
    BucketARN: "arn:aws:s3:::archive",
    Prefix: "lines/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        {
          Type: "Lambda",
          Parameters: [{ ParameterName: "LambdaArn", ParameterValue: fn(functionName, "").arn }],
        },
      ],
    },
    ...more,
  },
});

const toParquet = {
  DataFormatConversionConfiguration: {
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
    SchemaConfiguration: { DatabaseName: "lake", TableName: "lines" },
  },
};

const { ProcessingConfiguration } = destination("searched").ExtendedS3DestinationConfiguration;
const S3Configuration = { BucketARN: "arn:aws:s3:::archive" };

const searched = {
  AmazonopensearchserviceDestinationConfiguration: {
    ...{ S3Configuration, ProcessingConfiguration, IndexName: "lines" },
    ...{
      IndexRotationPeriod: "NoRotation",
      DomainARN: "arn:aws:es:us-east-1:123456789012:domain/x",
    },
  },
};

const copied = {
  RedshiftDestinationConfiguration: {
    ClusterJDBCURL: "jdbc:redshift://cluster.example:5439/dev",
    ...{ RoleARN: "arn:aws:iam::123456789012:role/firehose", Username: "a", Password: "b" },
    CopyCommand: { DataTableName: "lines" },
    S3Configuration,
    ProcessingConfiguration:
      destination("copied").ExtendedS3DestinationConfiguration.ProcessingConfiguration,
  },
};

/** `loud` behind one delivery stream, `twice` behind two, `read` behind one that reads a stream. */
async function run(
  args: string[],
  at: Project,
  { input = "", signal = new AbortController().signal } = {},
) {
  let out = "";
  let err = "";
  const file = at.at("loud.ts");
  const source = "arn:aws:kinesis:us-east-1:123456789012:stream/lines";
  const status = await replayCommand(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal,
    cwd: at.root,
    env: {},
    input: Readable.from([Buffer.from(input)]),
    readTemplate: async () =>
      template(at.root, {
        streams: [stream("lines")],
        buckets: [bucket("archive")],
        functions: ["loud", "twice", "read", "converted", "searched", "copied"].map((name) =>
          fn(name, file),
        ),
        deliveryStreams: [
          deliveryStream("archive", destination("loud")),
          deliveryStream("first", destination("twice")),
          deliveryStream("second", destination("twice")),
          deliveryStream("from-stream", {
            ...destination("read"),
            DeliveryStreamType: "KinesisStreamAsSource",
            KinesisStreamSourceConfiguration: { KinesisStreamARN: source },
          }),
          deliveryStream("parquet", destination("converted", toParquet)),
          deliveryStream("search", searched),
          deliveryStream("warehouse", copied),
        ],
      }),
  });
  return { status, out, err };
}

/** What is in the bucket `archive`, by the folders of its keys. */
function objects(bucketFolder: string): Record<string, string> {
  const folder = join(bucketFolder, "archive");
  const keys = (readdirSync(folder, { recursive: true }) as string[]).filter((key) =>
    /-\d{4}-\d\d-\d\d-/.test(key),
  );
  return Object.fromEntries(
    keys.map((key) => [
      key.slice(0, key.lastIndexOf("/")).replace(/(\/\d+)+$/, ""),
      readFileSync(join(folder, key), "utf8"),
    ]),
  );
}

const combined = '192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"';

test("lines go through the function into the bucket's folder, as they stand", async () => {
  const at = project({ "loud.ts": loud, "access.log": `${combined}\n\n# a comment\nmore\n` });
  const { status, out } = await run(["loud", at.at("access.log")], at);
  expect(out).toMatch(
    /^put +3 into archive\ntransformed +2 in 1 invocation\ndropped +1\nfailed +0\ndelivered +2 in 1 object, \d+ bytes\n/,
  );
  expect(out).toMatch(/folder +\.shardmill\/replay\/archive\n$/);
  expect(objects(at.at(".shardmill/replay"))).toEqual({
    lines: `${combined.toUpperCase()}\nMORE\n`,
  });
  expect(status).toBe(0);
});

test("bulk bodies lie in the outbox where there is no OpenSearch", async () => {
  const at = project({ "loud.ts": loud, "a.txt": '{"n":1}\n{"n":2}\n' });
  const { status, out } = await run(["searched", at.at("a.txt")], at);
  expect(out).toMatch(/\ndelivered +2 in 1 file\n/);
  expect(out).toContain(
    "note         Firehose search: there is no server here, and what would be sent lies in",
  );
  expect(out).toMatch(/folder +\.shardmill\/outbox\/replay\/search\n$/);
  const lines = readFileSync(at.at(".shardmill/outbox/replay/search/000001.ndjson"), "utf8");
  expect(lines.replace(/"_id":"\d+"/g, '"_id":…')).toBe(
    '{"index":{"_index":"lines","_id":…}}\n{"N":1}\n'.repeat(2).replace(/1(?=\}\n$)/, "2"),
  );
  expect(status).toBe(0);
  // With --out it lies beside the buckets, and the old one is as it was.
  await run(["searched", at.at("a.txt"), "--out", "lake"], at);
  expect(readdirSync(at.at("lake/.outbox/search"))).toEqual(["000001.ndjson"]);
});

test("an OpenSearch on this machine gets the documents", async () => {
  const double = opensearchDouble();
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const answer = await double.fetch(`http://localhost${request.url}`, {
      method: "POST",
      headers: {},
      body,
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const at = project({ "loud.ts": loud, "a.txt": '{"n":1}\n{"n":2}\n{"bad":1}\n' });
  const { status, out } = await run(["searched", at.at("a.txt"), "--opensearch", url], at);
  server.close();
  expect(out).toMatch(/\nfailed +1 \(processing-failed 1\)\ndelivered +2\n/);
  expect(Object.values(double.documents())).toEqual([{ N: 1 }, { N: 2 }]);
  expect(existsSync(at.at(".shardmill/outbox"))).toBe(false);
  expect(status).toBe(1);
});

test.each([
  ["localhost:9200", "--opensearch takes a URL, such as http://localhost:9200"],
  ["https://search.example.com", "nothing is sent to search.example.com from here"],
])("no OpenSearch elsewhere: %s", async (url, why) => {
  const at = project({ "loud.ts": loud, "a.txt": "{}" });
  const { status, err } = await run(["searched", at.at("a.txt"), "--opensearch", url], at);
  expect(err).toContain(why);
  expect(status).toBe(2);
});

test("the statement and the manifest of a COPY lie in the outbox, and the objects in their bucket", async () => {
  const at = project({ "loud.ts": loud, "a.txt": "one\ntwo\n" });
  const { status, out } = await run(["copied", at.at("a.txt")], at);
  expect(out).toMatch(/\ndelivered +2 in 1 object, 8 bytes, 2 files\n/);
  expect(readdirSync(at.at(".shardmill/outbox/replay/warehouse"))).toEqual([
    "000001.manifest.json",
    "000001.sql",
  ]);
  expect(status).toBe(0);
});

test("the buckets are empty before, and those of --out stay", async () => {
  const at = project({ "loud.ts": loud, "a.txt": "one\n", "b.txt": "two\n" });
  await run(["loud", at.at("a.txt")], at);
  const { out } = await run(["loud", at.at("a.txt"), "--out", "lake"], at);
  expect(out).toMatch(/folder +lake\/archive\n$/);
  await run(["loud", at.at("b.txt")], at);
  expect(objects(at.at(".shardmill/replay"))).toEqual({ lines: "TWO\n" });
  expect(objects(at.at("lake"))).toEqual({ lines: "ONE\n" });
});

test("while another replay runs in the project, it is refused, unless it has --out", async () => {
  const at = project({
    "loud.ts": loud,
    "a.txt": "one\n",
    ".shardmill/replay/archive/kept.txt": "kept",
    ".shardmill/locks/replay/lock": String(process.ppid),
  });
  const { status, err } = await run(["loud", at.at("a.txt")], at);
  expect(err).toContain(
    `another shardmill replay runs in this project, as process ${process.ppid}, and its buckets are in .shardmill/replay. End it, or give --out DIR.`,
  );
  expect(status).toBe(1);
  expect((await run(["loud", at.at("a.txt"), "--out", "lake"], at)).status).toBe(0);
  expect(readFileSync(at.at(".shardmill/replay/archive/kept.txt"), "utf8")).toBe("kept");
});

test("what failed is under the error prefix, and the status is 1", async () => {
  const at = project({ "loud.ts": loud, "a.txt": "one\nbad\n" });
  const { status, out } = await run(["loud", at.at("a.txt"), "--json"], at);
  expect(JSON.parse(out)).toEqual({
    ...{ function: "loud", deliveryStream: "archive", put: 2, transformed: 1, dropped: 0 },
    ...{ failed: 1, failures: { "processing-failed": 1 }, delivered: 1, left: 0 },
    ...{
      objects: 1,
      bytes: 4,
      files: 0,
      buckets: ["archive"],
      invocations: 1,
      seconds: expect.any(Number),
    },
    ...{
      folders: [at.at(".shardmill/replay/archive")],
      notes: [expect.stringContaining("Firehose parquet")],
    },
  });
  const { "failed/processing-failed": failed } = objects(at.at(".shardmill/replay"));
  expect(JSON.parse(failed!).rawData).toBe(btoa("bad"));
  expect(status).toBe(1);
});

test("an event of Firehose, lines of JSON and standard input are put too", async () => {
  const event = {
    deliveryStreamArn: "arn",
    records: [{ recordId: "1", approximateArrivalTimestamp: 1, data: btoa("event") }],
  };
  const at = project({
    "loud.ts": loud,
    "event.json": JSON.stringify(event, null, 2),
    "a.ndjson": '{"id": 1}\n',
  });
  const files = [at.at("event.json"), at.at("a.ndjson"), "-"];
  await run(["loud", ...files], at, { input: "last\n" });
  expect(objects(at.at(".shardmill/replay"))).toEqual({ lines: 'EVENT\n{"ID": 1}\nLAST\n' });
});

test("a delivery stream that reads a stream gets the records from there", async () => {
  const at = project({ "loud.ts": loud, "a.txt": "one\ntwo\n" });
  const { status, out } = await run(["read", at.at("a.txt"), "--json"], at);
  expect(JSON.parse(out)).toMatchObject({ put: 2, transformed: 2, delivered: 2, left: 0 });
  expect(objects(at.at(".shardmill/replay"))).toEqual({ lines: "ONE\nTWO\n" });
  expect(status).toBe(0);
});

test("of two delivery streams, the one that --stream names", async () => {
  const at = project({ "loud.ts": loud, "a.txt": "one\n" });
  const { out } = await run(["twice", at.at("a.txt"), "--stream", "second"], at);
  expect(out).toMatch(/^put +1 into second\n/);
});

test.each([
  [["twice", "a.txt"], 2, "first, second invoke twice: say which with --stream."],
  [
    ["twice", "a.txt", "--stream", "fist"],
    2,
    'no delivery stream "fist" invokes twice. Did you mean first?',
  ],
  [["loud", "a.txt", "--stream", "elsewhere"], 2, "These do: archive."],
  [
    ["loud", "a.txt", "--speed", "2", "--faults"],
    2,
    "--speed and --faults: archive is a delivery stream",
  ],
  [["loud", "a.txt", "--attempts", "2"], 2, "--attempts: archive is a delivery stream"],
  [["loud", "a.txt", "--out", "full"], 1, "--out: full is not empty."],
  [["loud", "a.txt", "--out", "a.txt"], 1, "--out: a.txt cannot hold buckets: it is a file."],
  [["loud", "gone.txt"], 1, "cannot read gone.txt: there is no such file."],
  [
    ["converted", "a.txt"],
    1,
    "Firehose parquet does not run here: its Glue table lake.lines is not in the template.",
  ],
])("%j is refused", async (args, status, message) => {
  const at = project({ "loud.ts": loud, "a.txt": "one\n", "full/own.txt": "mine" });
  const paths = args.map((arg, place) => (place === 1 && arg === "a.txt" ? at.at(arg) : arg));
  const refused = await run(paths, at);
  expect(refused.err).toContain(message);
  expect(refused).toMatchObject({ status, out: "" });
  expect(readdirSync(at.at("full"))).toEqual(["own.txt"]);
});

test("a record that Firehose does not take is told", async () => {
  const at = project({ "loud.ts": loud, "a.txt": `one\n${"x".repeat(1_024_001)}\n` });
  const { status, err } = await run(["loud", at.at("a.txt")], at);
  expect(err).toContain("record 2 of 2 is refused: A record has 1024001 bytes, and must have");
  expect(status).toBe(1);
});

test("interrupted, it says what is left", async () => {
  const at = project({ "a.txt": "one\ntwo\n" });
  const begun = at.at("begun");
  at.write(
    "loud.ts",
    `import { writeFileSync } from "node:fs";
    export const handler = () => {
      writeFileSync(${JSON.stringify(begun)}, "");
      return new Promise((resolve) => setTimeout(resolve, 60_000));
    };`,
  );
  const controller = new AbortController();
  const ended = run(["loud", at.at("a.txt")], at, { signal: controller.signal });
  await vi.waitUntil(() => existsSync(begun), { timeout: 20_000 });
  controller.abort();
  const { status, out } = await ended;
  expect(out).toMatch(/delivered +0\nleft +2\n/);
  expect(status).toBe(1);
}, 30_000);
