import { json, type MetricsSink, text } from "shardmill";
import { drop, fail, firehoseTransform } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytesOf, delivered, world } from "./world.ts";

const secret = "hunter2";

/** What is logged of one record, which holds the secret. */
async function logged(
  make: (common: object) => (event: unknown) => Promise<unknown>,
  payload: unknown,
  logPayload?: boolean,
) {
  const { logs, runtime, text } = world();
  const options = { metrics: false, runtime, ...(logPayload ? { logPayload } : {}) };
  await make(options)(firehoseEvent([payload], { source: "kinesis" }));
  return { line: logs()[0]!, text: text() };
}

describe("the log line of a failed record", () => {
  it("says which record it was, where it came from, and why", async () => {
    const { line } = await logged(
      (common) => firehoseTransform({ ...common, transform: () => fail("Too old.") }),
      secret,
    );
    const [record] = firehoseEvent([secret], { source: "kinesis" }).records;
    expect(line).toMatchObject({
      level: "ERROR",
      deliveryStream: "deliveries",
      invocationId: "11111111-2222-3333-4444-555555555555",
      recordId: record!.recordId,
      shardId: "shardId-000000000000",
      sequenceNumber: record!.kinesisRecordMetadata!.sequenceNumber,
      error: { name: "fail", message: "Too old." },
    });
  });

  it("has the error that was thrown, and where", async () => {
    const { line } = await logged(
      (common) =>
        firehoseTransform({
          ...common,
          transform() {
            throw new RangeError("Out of range.", { cause: new Error("the cause") });
          },
        }),
      secret,
    );
    expect(line.error).toMatchObject({
      name: "RangeError",
      message: "Out of range.",
      stack: expect.stringContaining("log.test.ts"),
      cause: { message: "the cause" },
    });
  });

  const Person = z.object({ name: z.string(), address: z.object({ zip: z.number() }) });
  const parse = (value: string) => JSON.parse(value) as unknown;
  it.each<[string, (common: object) => (event: unknown) => Promise<unknown>, unknown]>([
    ["of what is no JSON", (common) => firehoseTransform({ ...common, decode: json() }), secret],
    [
      "of what is JSON up to a point",
      (common) => firehoseTransform({ ...common, decode: json() }),
      `{"name":"${secret}`,
    ],
    [
      "of what does not match its schema",
      (common) =>
        firehoseTransform({ ...common, decode: json(v.object({ name: v.literal("ann") })) }),
      { name: secret },
    ],
    [
      "of what is no UTF-8",
      (common) => firehoseTransform({ ...common, decode: text() }),
      Buffer.from([...Buffer.from(secret), 0xff]),
    ],
    [
      "of what a transform parses in vain",
      (common) => firehoseTransform({ ...common, decode: text(), transform: parse }),
      secret,
    ],
    [
      "of what a transform parses in vain, far in",
      (common) => firehoseTransform({ ...common, decode: text(), transform: parse }),
      `{"a":1,"b":[${" ".repeat(40)}"${secret}", oops ]}`,
    ],
  ])("has nothing of the payload: %s", async (_, make, payload) => {
    const { line, text } = await logged(make, payload);
    expect(line.level).toBe("ERROR");
    expect(text).not.toContain(secret);
    expect(line).not.toHaveProperty("payload");
  });

  it("still says where in the payload a schema found something wrong", async () => {
    const { line } = await logged(
      (common) => firehoseTransform({ ...common, decode: json(Person) }),
      { name: 7, address: { zip: secret } },
    );
    expect(line.error.message).toMatch(/at name, address\.zip\./);
  });

  it("has payload and all that was said of it with logPayload", async () => {
    const make = (common: object) => firehoseTransform({ ...common, decode: json() });
    const { line } = await logged(make, secret, true);
    expect(line.payload).toBe(secret);
    expect(line.error.message).toContain(secret);
    const binary = await logged(make, Buffer.from([0xff, 0xfe]), true);
    expect(binary.line.payload).toBe("//4=");
    const long = await logged(make, "x".repeat(10_000), true);
    expect(long.line.payload).toHaveLength(2001);
  });
});

describe("metrics", () => {
  const run = async (metrics?: MetricsSink | false) => {
    const its = world();
    const handler = firehoseTransform({
      runtime: its.runtime,
      decode: text(),
      ...(metrics === undefined ? {} : { metrics }),
      transform(value) {
        if (value === "a") throw new Error("no");
        return value === "b" ? drop() : value;
      },
    });
    return { ...its, response: await handler(firehoseEvent(["a", "b", "c", "d"])) };
  };
  const counts = { Received: 4, Delivered: 2, Dropped: 1, Failed: 1, Unreached: 0, Overflowed: 0 };

  it("are one line of the embedded format, by delivery stream", async () => {
    const { metrics, response } = await run();
    expect(metrics()).toHaveLength(1);
    const [line] = metrics();
    expect(line).toMatchObject({ ...counts, DeliveryStream: "deliveries" });
    expect(line!.ResponseBytes).toBe(bytesOf(response));
    const [directive] = line!._aws.CloudWatchMetrics;
    expect(directive).toMatchObject({ Namespace: "shardmill", Dimensions: [["DeliveryStream"]] });
    const names = directive.Metrics.map(({ Name }: any) => Name);
    expect(names).toEqual([...Object.keys(counts), "ResponseBytes"]);
  });

  it("go to Powertools' Metrics where it is given, or nowhere", async () => {
    const sent: Record<string, number> = {};
    const { metrics } = await run({
      addMetric(name, _, value) {
        sent[name] = value;
      },
    });
    expect(sent).toMatchObject(counts);
    expect(metrics()).toEqual([]);
    expect((await run(false)).metrics()).toEqual([]);
  });

  it("that cannot be sent, and log lines that cannot be written, change no answer", async () => {
    const broken = () => {
      throw new Error("no");
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const handler = firehoseTransform({
      logger,
      metrics: { addMetric: broken },
      transform: () => fail("no"),
    });
    expect(delivered(await handler(firehoseEvent(["a"])))).toEqual(["ProcessingFailed"]);
  });
});
