import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type { KinesisConsumerOptions } from "shardmill";
import { describe, expect, it, vi } from "vitest";
import { redriveCommand } from "../../../packages/cli/src/redrive/command.ts";
import { aggregate, deaggregate } from "../../../src/kpl.ts";
import { buildEvent, type KinesisEvent } from "../../../src/record/lambda-event.ts";
import { folder, written } from "../put/served.ts";
import { type Order, redriveWorld, streamArn } from "./world.ts";

type World = Awaited<ReturnType<typeof redriveWorld>>;

/** What Lambda leaves about a batch that it gave up. */
const documentOf = ({ Records }: KinesisEvent, more: object = {}) => ({
  requestContext: {
    requestId: "r",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:billing",
    condition: "RetryAttemptsExhausted",
    approximateInvokeCount: 3,
  },
  version: "1.0",
  timestamp: "2026-01-01T00:00:00.000Z",
  KinesisBatchInfo: {
    shardId: Records[0]!.eventID.split(":")[0],
    startSequenceNumber: Records[0]!.kinesis.sequenceNumber,
    endSequenceNumber: Records.at(-1)!.kinesis.sequenceNumber,
    approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
    batchSize: Records.length,
    streamArn,
  },
  ...more,
});

/** A consumer that does not park, so that its mapping gave up a batch in which "bad" failed. */
async function givenUp(kinesis = {}, more: Partial<KinesisConsumerOptions<Order>> = {}) {
  const options = { ...more, park: undefined } as Partial<KinesisConsumerOptions<Order>>;
  const its = await redriveWorld({ kinesis, options });
  its.failing.add("bad");
  const event = await its.deliver("a", "bad", "c");
  its.failing.clear();
  its.ran.length = 0;
  return { its, event };
}

async function queued(its: World, ...bodies: unknown[]) {
  const { QueueUrl } = await its.sqs.send(new CreateQueueCommand({ QueueName: "failures" }));
  for (const body of bodies) {
    const MessageBody = typeof body === "string" ? body : JSON.stringify(body);
    await its.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }
  return {
    args: ["--queue", QueueUrl!, "--function", "billing"],
    async left() {
      const AttributeNames = ["ApproximateNumberOfMessages" as const];
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames });
      return Number((await its.sqs.send(asked)).Attributes?.ApproximateNumberOfMessages);
    },
  };
}

describe("a batch that was given up", () => {
  it("is read from its stream, and what the log says is done is not repeated", async () => {
    const { its, event } = await givenUp();
    const { args, left } = await queued(its, documentOf(event));
    const { status, told } = await its.redrive(args);
    expect(told).toEqual([{ outcome: "redriven", where: "queue failures", records: 3 }]);
    expect(status).toBe(0);
    expect(its.ran).toEqual(["bad"]);
    expect(await left()).toBe(0);
    await its.start()(event);
    expect(its.ran).toEqual(["bad"]);
  });

  it("of another function is refused, and stays for that one", async () => {
    const { its, event } = await givenUp();
    const requestContext = {
      ...documentOf(event).requestContext,
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:clicking:live",
    };
    const { args, left } = await queued(its, documentOf(event, { requestContext }));
    const { status, told } = await its.redrive(args);
    expect(told).toMatchObject([
      {
        outcome: "refused",
        what: "it was given up for clicking, not for billing: give --function clicking.",
      },
    ]);
    expect(status).toBe(1);
    expect(its.ran).toEqual([]);
    expect(await left()).toBe(1);
    const shown = await its.redrive([...args, "--dry-run"]);
    expect(shown.told[0]?.what).toContain("given up for clicking");
  });

  it("through a topic is the same", async () => {
    const { its, event } = await givenUp();
    const message = { Type: "Notification", Message: JSON.stringify(documentOf(event)) };
    const { args } = await queued(its, message);
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 3 });
  });

  it("that fails again stays where it was", async () => {
    const { its, event } = await givenUp();
    its.failing.add("bad");
    const { args, left } = await queued(its, documentOf(event));
    const { status, told } = await its.redrive(args);
    expect(status).toBe(1);
    expect(told).toMatchObject([
      {
        outcome: "failed",
        what: expect.stringContaining(event.Records[1]!.kinesis.sequenceNumber),
      },
    ]);
    expect(await left()).toBe(1);
  });

  it("is shown by --dry-run, and stays", async () => {
    const { its, event } = await givenUp();
    const { args, left } = await queued(its, documentOf(event));
    const { outcomes } = await its.redrive([...args.slice(0, 2), "--dry-run"]);
    expect(outcomes).toEqual({ "would redrive": 3 });
    expect(its.ran).toEqual([]);
    expect(await left()).toBe(1);
  });

  it("is gone once the retention is over, and that is said", async () => {
    let now = Date.now();
    const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
    const { its, event } = await givenUp({ clock });
    const { args, left } = await queued(its, documentOf(event));
    now += 25 * 3_600_000;
    const { status, told } = await its.redrive(args);
    expect(told).toMatchObject([
      {
        outcome: "expired",
        what: expect.stringMatching(/its retention is over\. It has 0 of 3 records\.$/),
      },
    ]);
    expect(status).toBe(1);
    expect(await left()).toBe(1);
  });

  it("of which a part is filtered out is not taken whole", async () => {
    const { its, event } = await givenUp();
    const batch = documentOf(event);
    const { args } = await queued(its, {
      ...batch,
      KinesisBatchInfo: { ...batch.KinesisBatchInfo, batchSize: 2 },
    });
    const { told } = await its.redrive(args);
    expect(told).toMatchObject([
      { outcome: "refused", what: expect.stringContaining("has 3 records, and the batch had 2") },
    ]);
    const filter = ["--filter", '{"data":{"id":["a","bad"]}}'];
    expect((await its.redrive([...args, ...filter])).outcomes).toEqual({ redriven: 2 });
    expect(its.ran).toEqual(["bad"]);
  });

  it("from before a fan-out consumer is taken apart as Lambda does it", async () => {
    const uniqueId = ({ id }: Order) => id;
    const { its } = await givenUp({}, { uniqueId } as Partial<KinesisConsumerOptions<Order>>);
    const { stream } = its;
    const { data, partitionKey, explicitHashKey } = aggregate(
      ["x", "bad", "y"].map((id) => ({
        partitionKey: id,
        data: Buffer.from(JSON.stringify({ id })),
      })),
    );
    stream.kinesis.putRecord({ stream: "orders", partitionKey, explicitHashKey, data });
    const record = { ...stream.stored().at(-1)!, approximateArrivalTimestamp: Date.now() };
    const consumerArn = `${streamArn}/consumer/billing:1767225600`;
    const origin = { shardId: record.shardId, eventSourceArn: consumerArn };
    const event = buildEvent(
      deaggregate(data)!.map((inner) => ({ ...record, ...inner })),
      { ...origin, roleArn: "", region: "us-east-1" },
    );
    its.failing.add("bad");
    await its.start()(event);
    its.failing.clear();
    its.ran.length = 0;
    const { KinesisBatchInfo, ...rest } = documentOf(event);
    const { args } = await queued(its, {
      ...rest,
      KinesisBatchInfo: { ...KinesisBatchInfo, streamArn: consumerArn },
    });
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 3 });
    expect((await its.start()(event)).batchItemFailures).toEqual([]);
    expect(its.ran).toEqual(["bad"]);
  });

  it("in a bucket has its records with it, and its object goes when they are done", async () => {
    const { its, event } = await givenUp();
    const Bucket = "failures";
    await its.s3.send(new CreateBucketCommand({ Bucket }));
    const Body = JSON.stringify(documentOf(event, { payload: JSON.stringify(event) }));
    await its.s3.send(new PutObjectCommand({ Bucket, Key: "aws/lambda/x/1", Body }));
    await its.s3.send(new PutObjectCommand({ Bucket, Key: "aws/lambda/x/2", Body: "hello" }));
    const args = ["--bucket", Bucket, "--prefix", "aws/lambda/", "--function", "billing"];
    const { outcomes, err } = await its.redrive(args);
    expect(outcomes).toEqual({ redriven: 3 });
    expect(err).toContain("s3://failures/aws/lambda/x/2 is neither a parked record nor a failure");
    expect(its.ran).toEqual(["bad"]);
    const { Contents } = await its.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["aws/lambda/x/2"]);
  });

  it("in a file comes back, and the file stays", async () => {
    const { its, event } = await givenUp();
    const file = folder().write("failed.json", JSON.stringify(documentOf(event), null, 2));
    const args = [file, "--function", "billing"];
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 3 });
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 3 });
    expect(its.ran).toEqual(["bad"]);
  });

  it("goes into a stream, too", async () => {
    const { its, event } = await givenUp();
    its.stream.kinesis.createStream({ name: "repair", shards: 1 });
    const { args, left } = await queued(its, documentOf(event));
    const into = [...args.slice(0, 2), "--stream", "repair"];
    expect((await its.redrive(into)).outcomes).toEqual({ redriven: 3 });
    expect(await left()).toBe(0);
  });
});

describe("an error", () => {
  it.each([
    ["nothing to bring back", ["--function", "f"], "what shall come back?"],
    [
      "two sources",
      ["--table", "t", "--bucket", "b", "--function", "f"],
      "one of --table, --queue",
    ],
    ["no target", ["--table", "t"], "where to?"],
    ["two targets", ["--table", "t", "--function", "f", "--stream", "s"], "one of --function"],
    ["a batch of none", ["--table", "t", "--dry-run", "--batch-size", "0"], "--batch-size takes"],
    [
      "an endpoint that is none",
      ["--table", "t", "--dry-run", "--endpoint", "x"],
      "--endpoint takes",
    ],
    [
      "an endpoint of nobody",
      ["--table", "t", "--dry-run", "--endpoint", "kinesi=http://x"],
      "Did you mean kinesis?",
    ],
    ["an unknown option", ["--tabel", "t"], "--tabel"],
  ])("of the command line is a usage error: %s", async (_, args, message) => {
    const { out, err, texts } = written();
    expect(await redriveCommand(args, { out, err, env: {} })).toBe(2);
    expect(texts.err).toContain(message);
  });

  it("is a filter that is none", async () => {
    const { its, event } = await givenUp();
    const { args, left } = await queued(its, documentOf(event));
    const { status, err } = await its.redrive([...args, "--filter", "{"]);
    expect(err).toContain("--filter: ");
    expect(status).toBe(2);
    expect(await left()).toBe(1);
  });

  it("is a missing file, or one that is no failure document, with the line", async () => {
    const its = await redriveWorld();
    const run = (file: string) => its.redrive([file, "--function", "billing"]);
    expect((await run("none.json")).err).toContain("cannot read none.json: there is no such file.");
    const bad = folder().write("bad.json", '{\n  "a": }\n');
    expect((await run(bad)).err).toContain(`${bad}:2:8: this is no JSON`);
    const other = folder().write("other.json", '{"a":1}\n');
    expect(await run(other)).toMatchObject({
      status: 1,
      err: expect.stringContaining(`${other}:1: this is no failure document.`),
    });
  });

  it("is a table, a queue, a bucket or a consumer that is not there", async () => {
    const its = await redriveWorld();
    const to = ["--function", "billing"];
    expect((await its.redrive(["--table", "none", ...to])).err).toContain(
      "there is no table none.",
    );
    expect((await its.redrive(["--bucket", "none", ...to])).err).toContain(
      "there is no bucket none.",
    );
    const queue = `${its.queueEndpoint}/123456789012/none`;
    expect((await its.redrive(["--queue", queue, ...to])).err).toContain("there is no queue");
    its.failing.add("bad");
    await its.deliver("bad");
    const { err, status } = await its.redrive([
      "--table",
      "progress",
      "--consumer",
      "biling",
      ...to,
    ]);
    expect(err).toContain("nothing of biling is parked in progress. Did you mean billing?");
    expect(status).toBe(2);
  });

  it("is a function that is not there, or says nothing: everything stays", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    const { err, status } = await its.redrive(["--table", "progress", "--function", "biling"]);
    expect(err).toContain("there is no function biling.");
    expect(status).toBe(1);
    expect(await its.parked()).toMatchObject([{ state: "confirmed" }]);
    its.answerWith(() => ({ batchItemFailures: [] }));
    const { told } = await its.redrive(["--table", "progress", "--function", "billing"]);
    expect(told).toMatchObject([
      { outcome: "refused", what: expect.stringContaining("did not say what became of it") },
    ]);
    expect(await its.parked()).toMatchObject([{ state: "confirmed" }]);
  });

  it("is a handler that is not there", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    const { err, status } = await its.redrive(["--table", "progress", "--handler", "none.ts"], {
      cwd: folder().path,
    });
    expect(err).toContain("cannot read the handler none.ts: there is no such file.");
    expect(status).toBe(1);
  });

  it("is a region that nobody named", async () => {
    const { out, err, texts } = written();
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const args = ["--table", "t", "--dry-run", "--endpoint", "http://127.0.0.1:9"];
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
    try {
      expect(await redriveCommand(args, { out, err, env })).toBe(1);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(texts.err).toContain("which region? Give --region;");
  });

  it("is an endpoint where nothing listens", async () => {
    const { out, err, texts } = written();
    const args = ["--table", "t", "--dry-run", "--endpoint", "http://127.0.0.1:9"];
    expect(await redriveCommand(args, { out, err, env: {} })).toBe(1);
    expect(texts.err).toContain("table t: nothing listens at that endpoint");
  });
});

it("nothing to bring back is fine", async () => {
  const its = await redriveWorld();
  const { status, outcomes } = await its.redrive(["--table", "progress", "--function", "billing"]);
  expect({ status, outcomes }).toEqual({ status: 0, outcomes: {} });
});

it("--help says what every option does", async () => {
  const { out, texts } = written();
  expect(await redriveCommand(["--help"], { out })).toBe(0);
  for (const option of ["--table", "--queue", "--bucket", "--function", "--handler", "--dry-run"]) {
    expect(texts.out).toContain(option);
  }
});
