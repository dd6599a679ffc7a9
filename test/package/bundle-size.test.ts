/** What a handler adds to a cold start: the size of its bundle, minified and gzipped, without the AWS SDK. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { buildPage } from "../../packages/cli/page/build.ts";
import { bundled } from "../../site/build.ts";
import { scripts } from "../../site/site.ts";

async function bundle(source: string): Promise<{ readonly code: string; readonly size: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: source,
      loader: "ts",
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["@aws-sdk/*", "hyparquet-writer"],
    write: false,
  });
  const { contents, text } = outputFiles[0]!;
  return { code: text, size: gzipSync(contents, { level: 9 }).length };
}

const withProgress = `
  import { json, kinesisConsumer } from "shardmill";
  import { dynamodbProgress } from "shardmill/dynamodb";
  export const handler = kinesisConsumer({ consumer: "a", decode: json(), progress: dynamodbProgress(), process() {} });
`;

const withoutProgress = `
  import { json, kinesisConsumer } from "shardmill";
  export const handler = kinesisConsumer({ consumer: "a", decode: json(), process() {} });
`;

const withParking = `
  import { kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
  export const handler = kinesisConsumer({ consumer: "a", progress: memoryProgress(), park: memoryParking(), process() {} });
`;

it("a handler with progress in DynamoDB is no larger than it was", async () => {
  // The goal is 12,288 bytes; this is what every rule takes, with the repairs that the fault simulation asked for.
  // 3.1 kB of it are sentences. Before a bound is raised: are its sentences as short as they can be, and the same where they say
  // the same? Does code that only some consumers use come with what they name?
  expect((await bundle(withProgress)).size).toBeLessThanOrEqual(29_808);
});

it("of Node.js' modules a handler imports the one that middy imports: what they cost, each cold start pays", async () => {
  const { code } = await bundle(withProgress);
  expect(code.match(/(?<=from\s*)"node:[^"]+"/g)).toEqual(['"node:timers"']);
});

it("a handler without progress is little more than half of that", async () => {
  expect((await bundle(withoutProgress)).size).toBeLessThanOrEqual(16_771);
});

it("a handler carries windows only where it counts in them", async () => {
  const withWindows = `
    import { kinesisConsumer, memoryProgress } from "shardmill";
    import { count, tumbling } from "shardmill/windows";
    const window = tumbling({ seconds: 60 }, { aggregate: { n: count() } });
    export const handler = kinesisConsumer({ consumer: "a", progress: memoryProgress(), window, process() {} });
  `;
  const logLine = "after their windows were closed";
  const { code, size } = await bundle(withWindows);
  expect(code).toContain(logLine);
  expect((await bundle(withProgress)).code).not.toContain(logLine);
  // Of which windows are about 11 KB; sketches that nobody uses are left out. 850 bytes are for a state that may be that of windows or
  // of SQL, for keys that are no partition keys in a reshard, for bigints, and for records that are decoded while an entry is written.
  // 900 bytes are what makes a batch of them fast: keys found by their parts, ends in one heap. 990 are for rows that fail: how often stands in
  // the log, and what fails for good is parked. 500 more ask parents' logs and ids, where a row or a record may be done already.
  // 50 more look at news that came while a record ran, and 50 find the place of a key sooner; 580 are where a kind's shards may be merged, which windows' are not.
  expect(size).toBeLessThanOrEqual(41_704);
  expect(code).not.toContain("that Lambda takes");
  expect(code).not.toContain("approximateDistinct");
});

it("a handler carries SQL only where it runs it, and what is about S3 only with a table there", async () => {
  const withSql = `
    import { memoryProgress } from "shardmill";
    import { sqlConsumer } from "shardmill/sql";
    export const handler = sqlConsumer({ consumer: "a", progress: memoryProgress(), sql: "", source: {}, output: {} });
  `;
  const { code, size } = await bundle(withSql);
  const ofSql = "The application has no source";
  expect((await bundle(withProgress)).code).not.toContain(ofSql);
  expect(code).not.toContain("s3Csv");
  // Of which parser, planner, functions, forests and machine are about 60 KB; 990 bytes are for rows that fail, as of windows, and 50 for news; 200 keep inputs as rows,
  // which is quicker. What merges shards takes 4.2 KB, of which 6 bytes say that a claim stands until the log says otherwise.
  // 1.8 KB are what AWS's reference says of functions: the patterns of FAST_REGEX_LOG_PARSE, which are no other's, are 1 KB of it, and ranges and zones of times the most of the rest.
  expect(size).toBeLessThanOrEqual(101_398);
});

it("a handler carries parking only where it parks", async () => {
  const logLine = "A record was parked";
  expect((await bundle(withParking)).code).toContain(logLine);
  expect((await bundle(withProgress)).code).not.toContain(logLine);
});

it("a handler carries nothing of a worker, unless its module runs one", async () => {
  const ofLeases = "leaseCounter";
  expect((await bundle(withParking)).code).not.toContain(ofLeases);
  expect((await bundle(withProgress)).code).not.toContain(ofLeases);
  const worker = `
    import { runWorker } from "shardmill/worker";
    runWorker(() => {}, { application: "a", stream: "b" });
  `;
  const { code } = await bundle(worker);
  expect(code).toContain(ofLeases);
  // A worker runs any handler, and brings no consumer of its own.
  const ofConsumers = "A middleware answered before";
  expect((await bundle(withProgress)).code).toContain(ofConsumers);
  expect(code).not.toContain(ofConsumers);
});

it("a handler carries the sinks that it names, and no other", async () => {
  const withSink = (sink: string) => `
    import { kinesisConsumer } from "shardmill";
    import { ${sink} } from "shardmill/sinks";
    export const handler = kinesisConsumer({ consumer: "a", processBatch: ${sink}({}) });
  `;
  /** What only the code of each sink says. */
  const marks: Readonly<Record<string, string>> = {
    dynamodbSink: "positionAttribute must be",
    firehoseSink: '"firehoseSink"',
    httpSink: "X-Amz-Firehose-Request-Id",
    kinesisSink: '"kinesisSink"',
    opensearchSink: "opensearchSink: endpoint must be",
    redshiftSink: "shardmill_parts",
    s3Sink: '"s3Sink: row"',
  };
  for (const sink of Object.keys(marks)) {
    const { code } = await bundle(withSink(sink));
    const carried = Object.keys(marks).filter((name) => code.includes(marks[name]!));
    expect(carried).toEqual([sink]);
    expect(code).not.toContain("hyparquet-writer");
  }
  expect((await bundle(withProgress)).code).not.toContain("Sink: ");
});

it("a producer alone is no larger than 9.5 KiB", async () => {
  // What is not of every producer's use is imported apart: metrics, the middleware.
  const { size } = await bundle(`
    import { kinesisProducer, toJson } from "shardmill/producer";
    export const producer = kinesisProducer({ stream: "orders", encode: toJson() });
  `);
  expect(size).toBeLessThanOrEqual(9.5 * 1024);
});

it("the page of dev is a small part of what it may be", async () => {
  const { css, js } = await buildPage();
  // It may be 60,000; a room is about 1,500.
  expect(gzipSync(js).length + gzipSync(css).length).toBeLessThanOrEqual(28_000);
});

it("the scripts of the site are no larger than they were", async () => {
  const size = async (script: string) => gzipSync(await bundled(scripts[script]!)).length;
  expect(await size("assets/try.js")).toBeLessThanOrEqual(80_750);
  expect(await size("assets/site.js")).toBeLessThanOrEqual(7_200);
});
