/** What goes wrong with one record keeps none of the others. */
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { KinesisConsumerOptions } from "shardmill";
import { s3Parking } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { describe, expect, it } from "vitest";
import { type Order, redriveWorld } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Order>>;
type World = Awaited<ReturnType<typeof redriveWorld>>;

const through = ["--table", "progress", "--function", "billing"];

/** A failure document of which a half is missing. */
const halfDocument = JSON.stringify({
  version: "1.0",
  requestContext: { condition: "RetryAttemptsExhausted" },
  KinesisBatchInfo: { shardId: "shardId-000000000000" },
});

/** "bad1" to "bad3" are parked, and would succeed. */
async function three(its: World): Promise<void> {
  for (const id of ["bad1", "bad2", "bad3"]) its.failing.add(id);
  await its.deliver("bad1", "bad2", "bad3");
  its.failing.clear();
  its.ran.length = 0;
}

const states = async (its: World) => (await its.parked()).map(({ state }) => state).sort();

describe("one that cannot be read is said, and keeps none of the others:", () => {
  it("a failure document in a queue", async () => {
    let queueUrl = "";
    const its = await redriveWorld({
      async park({ sqs }) {
        const created = await sqs.send(new CreateQueueCommand({ QueueName: "parked" }));
        queueUrl = created.QueueUrl!;
        return sqsParking({ queueUrl, client: sqs });
      },
    });
    await its.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: halfDocument }));
    await three(its);
    const args = ["--queue", queueUrl, "--progress-table", "progress", "--function", "billing"];
    const { outcomes, status, told } = await its.redrive(args);
    expect(outcomes).toEqual({ redriven: 3, refused: 1 });
    expect(told.find(({ outcome }) => outcome === "refused")).toMatchObject({
      where: "queue parked",
    });
    expect(status).toBe(1);
    // It is there for whoever knows better.
    expect((await its.redrive(args)).outcomes).toEqual({ refused: 1 });
  });

  it("a failure document in a bucket", async () => {
    const its = await redriveWorld({
      async park({ s3 }) {
        await s3.send(new CreateBucketCommand({ Bucket: "parked" }));
        return s3Parking({ bucket: "parked", client: s3 });
      },
    });
    for (const [Key, Body] of [
      ["a.json", halfDocument],
      ["b.txt", "something else"],
      ["c.json", "null"],
    ] as const) {
      await its.s3.send(new PutObjectCommand({ Bucket: "parked", Key, Body }));
    }
    await three(its);
    const { outcomes, status, told, err } = await its.redrive([
      "--bucket",
      "parked",
      "--function",
      "billing",
    ]);
    expect(outcomes).toEqual({ redriven: 3, refused: 1 });
    expect(told.find(({ outcome }) => outcome === "refused")).toMatchObject({
      where: "s3://parked/a.json",
    });
    expect(err).toContain("s3://parked/b.txt is neither a parked record nor a failure document");
    expect(err).toContain("s3://parked/c.json is neither");
    expect(status).toBe(1);
  });

  it("an item in the table", async () => {
    const its = await redriveWorld();
    await three(its);
    const Item = { pk: "billing#parked", sk: "by hand", state: "confirmed", consumer: "billing" };
    await its.documents.send(new PutCommand({ TableName: "progress", Item }));
    const { outcomes, status, told } = await its.redrive(through);
    expect(outcomes).toEqual({ redriven: 3, refused: 1 });
    expect(told.find(({ outcome }) => outcome === "refused")!.what).toContain(
      "the item by hand of billing#parked",
    );
    expect(status).toBe(1);
  });

  it("an item whose numbers and error are none", async () => {
    const its = await redriveWorld();
    await three(its);
    const [item] = await its.parked();
    const Item = {
      ...item,
      error: "text",
      attempts: "many",
      approximateArrivalTimestamp: "soon",
      parkedAt: null,
    };
    await its.documents.send(new PutCommand({ TableName: "progress", Item }));
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 3 });
  });
});

describe("one that the table refuses to change", () => {
  /** Refuses those changes of the second item. */
  function refuse(its: World, isMeant: (values: Record<string, { S?: string }>) => boolean) {
    its.wrong.interfere = ({ operation, input }) => {
      const values = (input.ExpressionAttributeValues ?? {}) as Record<string, { S?: string }>;
      const sk = (input.Key as { sk?: { S?: string } } | undefined)?.sk?.S;
      if (operation !== "UpdateItem" || sk !== sorted[1] || !isMeant(values)) return undefined;
      return { before: { name: "AccessDeniedException", message: "not this one" } };
    };
  }
  let sorted: string[];
  const start = async () => {
    const its = await redriveWorld();
    await three(its);
    sorted = (await its.parked()).map(({ sk }) => sk).sort();
    return its;
  };

  it("as taken stays, and the others come back", async () => {
    const its = await start();
    refuse(its, (values) => Object.values(values).some(({ S }) => S === "redriving"));
    const { outcomes, status, told } = await its.redrive(through);
    expect(outcomes).toEqual({ redriven: 2, refused: 1 });
    expect(told.find(({ outcome }) => outcome === "refused")!.what).toMatch(
      /It cannot be taken: .*not this one/,
    );
    expect(status).toBe(1);
    its.wrong.interfere = () => undefined;
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
  });

  it("as redriven is back all the same, and the others are marked", async () => {
    const its = await start();
    refuse(its, (values) => Object.values(values).some(({ S }) => S === "redriven"));
    const { outcomes, told } = await its.redrive(through);
    expect(outcomes).toEqual({ redriven: 3 });
    expect(told.filter(({ what }) => what !== undefined)).toMatchObject([
      {
        what: expect.stringMatching(
          /It could not be marked: .*not this one The next redrive finds that it is back/,
        ),
      },
    ]);
    expect(await states(its)).toEqual(["redriven", "redriven", "redriving"]);
  });

  it("as free is left, and the others are given back", async () => {
    const its = await start();
    for (const id of ["bad1", "bad2", "bad3"]) its.failing.add(id);
    // To take it names the states that it may be in, and the time.
    refuse(its, (values) => values[":confirmed"] !== undefined && values[":now"] === undefined);
    const { outcomes, err, status } = await its.redrive(through);
    expect(outcomes).toEqual({ failed: 3 });
    expect(err).toMatch(
      /table progress could not be given back, and is left for 16 minutes: .*not this one/,
    );
    expect(await states(its)).toEqual(["confirmed", "confirmed", "redriving"]);
    expect(status).toBe(1);
  });

  it("as put into a stream is told, for another redrive puts it again", async () => {
    const its = await start();
    refuse(its, (values) => Object.values(values).some(({ S }) => S === "redriven"));
    const { outcomes, status } = await its.redrive(["--table", "progress", "--stream", "orders"]);
    expect(outcomes).toEqual({ redriven: 2, unsaved: 1 });
    expect(status).toBe(1);
  });
});

describe("an answer", () => {
  it("that says nothing of a record, or what nobody knows, is no success", async () => {
    const its = await redriveWorld();
    await three(its);
    its.answerWith(({ shardmillRedrive }) => {
      const [first, second] = shardmillRedrive.records;
      return {
        redriven: [
          { id: first.id, outcome: "redriven" },
          { id: second.id, outcome: "vanished" },
        ],
      };
    });
    const { outcomes, status } = await its.redrive(through);
    expect(outcomes).toEqual({ redriven: 1, failed: 2 });
    expect(status).toBe(1);
    expect(await states(its)).toEqual(["confirmed", "confirmed", "redriven"]);
  });
});

it('with afterPark: "parkKey", what kills the function is overtaken by nothing of its key', async () => {
  const its = await redriveWorld({ options: { afterPark: "parkKey" } as Options });
  its.failing.add("killer");
  await its.deliver("killer@k", "x@k", "y@other", "z@k");
  its.failing.add("y");
  await its.deliver("y@other");
  its.failing.clear();
  its.ran.length = 0;
  its.answerWith((event) => {
    const payloads = event.Records.map(({ kinesis }: any) => Buffer.from(kinesis.data, "base64"));
    if (payloads.some((payload: Buffer) => payload.includes("killer"))) throw new Error("died");
    return its.start()(event);
  });
  const { outcomes } = await its.redrive(through);
  expect(outcomes).toEqual({ failed: 1, waiting: 2, redriven: 1 });
  expect(its.ran).toEqual(["y"]);
});

describe("where there was room for a place in the stream alone", () => {
  async function small(kinesis = {}, options: Options = {}) {
    let queueUrl = "";
    const its = await redriveWorld({
      kinesis,
      options,
      async park({ sqs }) {
        const Attributes = { MaximumMessageSize: "1024" };
        const created = await sqs.send(new CreateQueueCommand({ QueueName: "parked", Attributes }));
        queueUrl = created.QueueUrl!;
        return sqsParking({ queueUrl, client: sqs });
      },
    });
    const id = `bad${"x".repeat(2000)}`;
    const key = "\u0001".repeat(256);
    its.failing.add(id);
    await its.deliver("a", `${id}@${key}`);
    its.failing.clear();
    its.ran.length = 0;
    const args = ["--queue", queueUrl, "--progress-table", "progress", "--function", "billing"];
    return { ...its, id, key, args };
  }

  it("it comes back with its payload and its key", async () => {
    const keys: string[] = [];
    const its = await small({}, {
      process({ id }: Order, { partitionKey }: { partitionKey: string }) {
        if (id !== "a") keys.push(partitionKey);
        if (keys.length === 1)
          throw Object.assign(new Error("no"), { [Symbol.for("shardmill.nonRetryable")]: true });
      },
    } as Options);
    expect((await its.redrive(its.args)).outcomes).toEqual({ redriven: 1 });
    expect(keys).toEqual([its.key, its.key]);
    expect((await its.redrive(its.args)).outcomes).toEqual({});
  });

  it("it is gone once the retention is over, and that is said", async () => {
    let now = Date.now();
    const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
    const its = await small({ clock });
    now += 25 * 3_600_000;
    const { status, told } = await its.redrive(its.args);
    expect(told).toMatchObject([
      { outcome: "expired", what: expect.stringContaining("its retention is over") },
    ]);
    expect(status).toBe(1);
  });
});

it("a log that cannot be read keeps none of the other shards", async () => {
  const options = { afterPark: "parkKey" } as Options;
  const its = await redriveWorld({ kinesis: { shards: 2 }, options });
  its.failing.add("bad1").add("bad2");
  const park = { ...its.parking, confirm: () => Promise.reject(new Error("died")) };
  const dying = its.start({ park } as unknown as Options);
  // Their hash keys are of the first shard, and of the second.
  await its.deliverTo(dying, "bad1@a");
  await its.deliverTo(dying, "bad2@b");
  its.failing.clear();
  its.ran.length = 0;
  its.wrong.interfere = ({ operation, input }) => {
    const values = (input.ExpressionAttributeValues ?? {}) as Record<string, { S?: string }>;
    const isRefused = operation === "Query" && values[":log"]?.S?.endsWith("#shardId-000000000000");
    if (!isRefused) return undefined;
    return { before: { name: "AccessDeniedException", message: "not this one" } };
  };
  const { err, outcomes, status } = await its.redrive(through);
  expect(outcomes).toEqual({ redriven: 1 });
  expect(its.ran).toEqual(["bad2"]);
  expect(err).toMatch(/#shardId-000000000000: .*not this one/);
  expect(status).toBe(1);
  its.wrong.interfere = () => undefined;
  await its.deliver("later1@a");
  await its.deliver("later2@b");
  expect(its.ran).toEqual(["bad2", "later2"]);
  expect((await its.redrive(through)).outcomes).toEqual({ redriven: 2 });
  expect(its.ran).toEqual(["bad2", "later2", "bad1", "later1"]);
});
