import { expect, test } from "vitest";
import {
  announcement,
  batchLine,
  deliveryLine,
  discardedLines,
  invocationLine,
  logLines,
  objectLine,
  painter,
  stackLines,
  transformLine,
} from "../../packages/cli/src/dev/lines.ts";
import { exportLines } from "../../packages/cli/src/project/client-variables.ts";
import { readMetrics } from "../../packages/cli/src/project/function-output.ts";
import { FunctionError } from "../../packages/local/src/lambda/hosts/index.ts";
import type {
  BatchEvent,
  DiscardedEvent,
  ObjectEvent,
} from "../../packages/local/src/run/index.ts";
import {
  bucket,
  fn,
  mapping,
  queue,
  stream,
  table,
  template,
  topic,
} from "../local/run/templates.ts";

const paint = painter({ isTTY: false }, {});

const batch = (
  invocation: Partial<BatchEvent["invocation"]>,
  response: unknown = undefined,
): BatchEvent => ({
  type: "batch",
  functionName: "orders",
  stream: "orders",
  response,
  invocation: {
    requestId: "1",
    shardId: "shardId-000000000000",
    sequenceNumbers: ["7", "8", "9"],
    batchSize: 3,
    done: 3,
    attempt: 1,
    outcome: "success",
    at: 0,
    duration: 12.4,
    iteratorAge: 0,
    next: { step: "done" },
    ...invocation,
  },
});

const text = (event: BatchEvent, counts?: Record<string, number>) =>
  batchLine(event, counts, paint).replace(/^\S+ /, "");

const failure = new FunctionError(
  { functionName: "orders", requestId: "1" },
  {
    errorType: "TypeError",
    errorMessage: "no stock\nof this",
    trace: [
      "TypeError: no stock",
      "    at ship (/work/orders.ts:3:9)",
      "    at runFunction (file:///x/node_modules/@shardmill/local/dist/child-bootstrap.js:1:2)",
      "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
    ],
  },
);
const first = { batchItemFailures: [{ itemIdentifier: "7" }] };
const third = { batchItemFailures: [{ itemIdentifier: "9" }] };

test.each([
  [batch({}), undefined, "3 records  attempt 1  done  12 ms"],
  [batch({ batchSize: 1 }), undefined, "1 record  attempt 1  done  12 ms"],
  [batch({}), { Received: 3, Processed: 3 }, "attempt 1  done  12 ms"],
  [
    batch({}),
    { Processed: 1, Duplicates: 1, GivenBack: 1, Parked: 0 },
    "done (processed 1, duplicates 1, given back 1)",
  ],
  [
    batch({}, third),
    undefined,
    "taken for done with 1 item failure: ReportBatchItemFailures is off  12 ms",
  ],
  [batch({}, { batchItemFailures: [] }), undefined, "attempt 1  done  12 ms"],
  [batch({ outcome: "partial" }, third), undefined, "done up to record 3, 9  12 ms"],
  [batch({ outcome: "failure" }, first), undefined, "failed at its first record, 7  12 ms"],
  [batch({ outcome: "failure", error: failure }), undefined, "failed: TypeError: no stock  12 ms"],
  [batch({ outcome: "failure", error: new Error("lost") }), undefined, "failed: lost  12 ms"],
  [batch({ outcome: "throttle", attempt: 4 }), undefined, "attempt 4  throttled  12 ms"],
  [batch({ outcome: "tooLarge" }), undefined, "event too large"],
])("the line of a batch says what came of it (%#)", (event, counts, expected) => {
  const line = text(event, counts);
  expect(line).toContain("orders  orders shardId-000000000000  ");
  expect(line).toContain(expected);
});

test("the line of a transformation says what the function did to its records", () => {
  const event = {
    type: "transform",
    ...{ functionName: "clean", deliveryStream: "logs", records: 5 },
    ...{ at: 0, duration: 12, dropped: 0, failed: 0 },
  } as const;
  const say = (event: Parameters<typeof transformLine>[0]) => transformLine(event, paint);
  expect(say(event)).toContain("clean  firehose logs  5 records  done  12 ms");
  expect(say({ ...event, dropped: 2, failed: 1 })).toContain("done (dropped 2, failed 1)  12 ms");
  expect(say({ ...event, error: failure })).toContain("failed: TypeError: no stock  12 ms");
});

test("the line of an object says how much went where", () => {
  const event: ObjectEvent = {
    ...{ deliveryStream: "logs", at: 0, bucket: "archive", key: "day=1/a.parquet" },
    ...{ type: "object", records: 5, bytes: 900, holds: "records" },
  };
  expect(objectLine(event, paint)).toContain("logs  5 records  s3://archive/day=1/a.parquet");
  const loud = { ...paint, bad: (text: string) => `${text}!` };
  const failed = objectLine({ ...event, holds: "processing-failed" }, loud);
  expect(failed).toContain("s3://archive/day=1/a.parquet!");
});

test("what is sent is told, with where it lies, or why it was refused", () => {
  const told = { type: "delivery", what: "request", outcome: "delivered" } as const;
  const event = { ...told, deliveryStream: "search", at: 0, records: 5 };
  expect(deliveryLine(event, paint)).toContain("search  5 records  sent");
  const files = ["search/000001.ndjson"];
  expect(deliveryLine({ ...event, what: "outbox", files }, paint)).toContain(
    "search  5 records  outbox search/000001.ndjson",
  );
  const refused = { ...event, outcome: "failed", error: "503" } as const;
  expect(deliveryLine(refused, paint)).toContain("5 records  not all taken: 503");
});

test("so does the line of an invocation through Lambda's API", () => {
  const event = { type: "invocation", functionName: "orders", at: 0, duration: 12 } as const;
  expect(invocationLine(event, paint)).toContain("orders  invoked  done  12 ms");
  expect(invocationLine({ ...event, error: failure }, paint)).toContain(
    "orders  invoked  failed: TypeError: no stock  12 ms",
  );
});

test("of a stack, the frames of the handler are shown", () => {
  expect(stackLines(failure, paint)).toEqual(["         at ship (/work/orders.ts:3:9)"]);
});

test("what was given up is described somewhere, or lost", () => {
  const event: DiscardedEvent = {
    type: "discarded",
    functionName: "orders",
    stream: "orders",
    destination: queue("failed").arn,
    document: {
      requestContext: {
        ...{ requestId: "1", functionArn: "", condition: "RetryAttemptsExhausted" },
        approximateInvokeCount: 3,
      },
      ...{ version: "1.0", timestamp: "2026-01-01T00:00:00.000Z" },
      KinesisBatchInfo: {
        ...{ shardId: "shardId-000000000000", streamArn: "", startSequenceNumber: "7" },
        batchSize: 2,
      },
    },
  };
  const say = (event: DiscardedEvent) => discardedLines(event, paint).join();
  expect(say(event)).toContain(
    `gave up 2 records from 7  RetryAttemptsExhausted after 3 attempts  described in ${queue("failed").arn}`,
  );
  expect(say({ ...event, error: new Error("it is full") })).toContain(
    `lost: ${queue("failed").arn} did not take the document: it is full`,
  );
  expect(say({ ...event, destination: undefined, error: new Error("") })).toContain(
    "lost: the mapping has no failure destination",
  );
});

test("a structured line of a function is shown as a sentence, any other as it is", () => {
  const event = (line: string) =>
    ({
      type: "log",
      functionName: "orders",
      line: { stream: "stdout", line, environmentId: "1" },
    }) as const;
  const structured = JSON.stringify({
    ...{ timestamp: "2026-01-01T00:00:00.000Z", level: "WARN", message: "A record was parked." },
    ...{
      attempts: 2,
      error: {
        name: "TypeError",
        message: "no",
        stack: "TypeError: no\n    at ship (/work/orders.ts:3:9)",
      },
    },
  });
  expect(logLines(event(structured), paint)).toEqual([
    "         orders │ WARN A record was parked.  TypeError: no  attempts=2",
    "         orders │     at ship (/work/orders.ts:3:9)",
  ]);
  expect(logLines(event('{"id":1}'), paint)).toEqual(['         orders │ {"id":1}']);
  expect(logLines(event("{not json"), paint)).toEqual(["         orders │ {not json"]);
});

test("metrics are shardmill's, and those of anybody else are lines like others", () => {
  const metrics = { Received: 3, Processed: 2, Duplicates: 1 };
  expect(readMetrics(JSON.stringify({ _aws: {}, Consumer: "orders", ...metrics }))).toEqual(
    metrics,
  );
  expect(readMetrics(JSON.stringify({ _aws: {}, Orders: 3 }))).toBeUndefined();
  expect(readMetrics('{"_aws"')).toBeUndefined();
  expect(readMetrics("hello")).toBeUndefined();
});

test("everything that runs is announced, and what does not run here is named with the reason", () => {
  const alarm = {
    type: "AWS::Events::Rule",
    why: "Nothing of this type runs here.",
    place: { file: "/t" },
  };
  const model = template("/work", {
    streams: [stream("orders", 2), { ...stream("clicks"), mode: "ON_DEMAND", isExternal: true }],
    functions: [fn("orders", "/work/handlers/orders.ts"), fn("idle", "/work/idle.ts")],
    mappings: [
      mapping("orders", "orders", { enabled: false }),
      { ...mapping("orders", "clicks"), consumerArn: "arn:aws:kinesis:…/consumer/fast:1" },
    ],
    tables: [table("counts")],
    queues: [queue("failed")],
    topics: [topic("news")],
    buckets: [bucket("files")],
    unsupported: [
      { logicalId: "Nightly", ...alarm },
      { logicalId: "Hourly", ...alarm },
      {
        logicalId: "Handler",
        ...alarm,
        path: "Properties.Environment.Variables.HOST",
        why: "It is of another stack.",
      },
    ],
  });
  expect(announcement(model, "/work/.shardmill/buckets", "/work", paint)).toEqual([
    "shardmill dev  ../template.json",
    "  stream   orders  2 shards",
    "  stream   clicks  1 shard  (not of this template)",
    "  function orders  handlers/orders.ts  ← orders (off), clicks (fan-out)",
    "  function idle  idle.ts",
    "  table    counts",
    "  queue    failed",
    "  topic    news",
    "  bucket   files  .shardmill/buckets/files",
    "  not here Nightly, Hourly (AWS::Events::Rule): Nothing of this type runs here.",
    "  not here Handler Properties.Environment.Variables.HOST (AWS::Events::Rule): It is of another stack.",
  ]);
});

test("the lines to paste are all that a client needs", () => {
  expect(exportLines("http://127.0.0.1:4566", "eu-west-1")).toEqual([
    "export AWS_ENDPOINT_URL=http://127.0.0.1:4566",
    "export AWS_REGION=eu-west-1",
    "export AWS_DEFAULT_REGION=eu-west-1",
    "export AWS_ACCESS_KEY_ID=local",
    "export AWS_SECRET_ACCESS_KEY=local",
  ]);
});

test("a terminal gets colours, unless NO_COLOR is set", () => {
  expect(painter({ isTTY: true }, {}).bad("no")).toBe("\x1b[31mno\x1b[39m");
  expect(painter({ isTTY: true }, { NO_COLOR: "1" }).bad("no")).toBe("no");
});
