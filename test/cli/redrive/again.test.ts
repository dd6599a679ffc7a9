/** A parked record's life goes on: resets, crashes between two steps, environments that come late. In every store. */
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import {
  commitWith,
  type KinesisConsumerOptions,
  NonRetryableError,
  type ParkedRecord,
  type Parking,
  parking,
} from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { describe, expect, it } from "vitest";
import { progressCommand } from "../../../packages/cli/src/progress/command.ts";
import { written } from "../put/served.ts";
import { type Order, redriveWorld } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Order>>;

const stores = ["DynamoDB", "S3", "a queue", "a FIFO queue"] as const;

/** A consumer that parks there; "bad" fails for good while it is in `failing`. */
async function worldWith(store: (typeof stores)[number], options: Options = {}) {
  let source = ["--table", "progress"];
  const broken = { park: false, confirm: false };
  const parked: ParkedRecord[] = [];
  const its = await redriveWorld({
    options,
    async park({ dynamodb, s3, sqs }) {
      let inner: Parking;
      if (store === "DynamoDB")
        inner = dynamodbParking({ tableName: "progress", client: dynamodb });
      else if (store === "S3") {
        await s3.send(new CreateBucketCommand({ Bucket: "parked" }));
        inner = s3Parking({ bucket: "parked", client: s3 });
        source = ["--bucket", "parked", "--progress-table", "progress"];
      } else {
        const Attributes = { FifoQueue: "true" };
        const queue =
          store === "a queue" ? { QueueName: "parked" } : { QueueName: "parked.fifo", Attributes };
        const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand(queue));
        inner = sqsParking({ queueUrl: QueueUrl, client: sqs });
        source = ["--queue", QueueUrl, "--progress-table", "progress"];
      }
      return parking({
        async park(record) {
          parked.push(record);
          if (broken.park) throw new Error("died");
          return inner.park(record);
        },
        async confirm(record) {
          if (broken.confirm) throw new Error("died");
          await inner.confirm(record);
        },
      });
    },
  });
  const progress = dynamodbProgress({ tableName: "progress", client: its.dynamodb });
  return {
    ...its,
    broken,
    /** What the function parked, as it parked it. */
    asParked: parked,
    /** An environment whose entries are not appended. */
    startUnsaved: () =>
      its.start({
        progress: { ...progress, append: () => Promise.reject(new Error("died")) },
      } as Options),
    redrive: (more: readonly string[] = []) =>
      its.redrive([...source, "--function", "billing", ...more]),
    async reset() {
      const { out, err } = written();
      const where = ["--table", "progress", "--endpoint", its.db.endpoint];
      const args = ["reset", ...where, "--consumer", "billing", "--yes"];
      expect(await progressCommand(args, { out, err, ask: undefined })).toBe(0);
    },
    /** How often "bad" had its effect. */
    effects: () => its.effects.filter((id) => id === "bad").length,
  };
}

describe.each(stores)("a record that is parked in %s", (store) => {
  it("is redriven, forgotten by a reset, delivered again and fails: it is parked, and comes back", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    const event = await its.deliver("a", "bad");
    its.failing.clear();
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    await its.reset();
    its.failing.add("bad");
    expect(await its.start()(event)).toEqual({ batchItemFailures: [] });
    its.failing.clear();
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    expect(its.effects()).toBe(2);
    expect((await its.redrive()).outcomes).toEqual({});
    // It is as remembered as any other.
    await its.start()(event);
    expect(its.effects()).toBe(2);
  });

  it("is forgotten by a reset, delivered again and processed: a redrive does not repeat that", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    const event = await its.deliver("a", "bad");
    await its.reset();
    its.failing.clear();
    await its.start()(event);
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({ processed: 1 });
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({});
  });

  it("is forgotten by a reset and redriven: a delivery does not repeat that", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    const event = await its.deliver("a", "bad");
    await its.reset();
    its.failing.clear();
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    await its.start()(event);
    expect(its.effects()).toBe(1);
  });

  it("has a unique id, of which a duplicate was processed after a reset: it shares that one's fate", async () => {
    const uniqueId = () => "one";
    const its = await worldWith(store, { uniqueId } as Options);
    its.failing.add("bad");
    await its.deliver("bad");
    await its.reset();
    await its.deliver("again");
    its.failing.clear();
    expect((await its.redrive()).outcomes).toEqual({ duplicate: 1 });
    expect(its.effects()).toBe(0);
  });

  it("is not confirmed when its environment dies, and the log is reset: it comes back all the same", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    its.broken.confirm = true;
    await its.deliver("a", "bad");
    await its.reset();
    its.failing.clear();
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    expect(its.effects()).toBe(1);
  });

  it("is not in the log when its environment dies: nothing takes it before it was delivered again", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    await its.deliver("a");
    const event = await its.deliverTo(its.startUnsaved(), "bad");
    its.failing.clear();
    expect((await its.redrive()).outcomes).toEqual({ unconfirmed: 1 });
    await its.start()(event);
    expect((await its.redrive()).outcomes).toEqual({ processed: 1 });
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({});
  });

  it("is parked twice, by an environment whose entry was lost and by the next: it comes back once", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    await its.deliver("a");
    const event = await its.deliverTo(its.startUnsaved(), "bad");
    await its.start()(event);
    its.failing.clear();
    await its.redrive();
    await its.redrive();
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({});
  });

  it.each([
    ["before a redrive", false],
    ["after it", true],
  ])(
    "is parked once more by an environment that is late, %s: it comes back once",
    async (_, isRedriven) => {
      const its = await worldWith(store);
      its.failing.add("bad");
      await its.deliver("a", "bad");
      its.failing.clear();
      if (isRedriven) expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
      await its.parking.park({ ...its.asParked[0]!, parkedAt: Date.now() });
      await its.redrive();
      await its.redrive();
      expect(its.effects()).toBe(1);
      expect((await its.redrive()).outcomes).toEqual({});
    },
  );

  it("is parked anew while a redrive brings it back: that one does not mark it", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    const event = await its.deliver("a", "bad");
    its.failing.clear();
    its.answerWith(async (request) => {
      const response = await its.start()(request);
      await its.reset();
      its.failing.add("bad");
      await its.start()(event);
      its.failing.clear();
      return response;
    });
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    its.answerWith(undefined);
    expect(its.effects()).toBe(1);
    expect((await its.redrive()).outcomes).toEqual({ redriven: 1 });
    expect(its.effects()).toBe(2);
    expect((await its.redrive()).outcomes).toEqual({});
  });

  it("is redriven by a function whose answer is lost, and parked anew after a reset: it comes back", async () => {
    const its = await worldWith(store);
    its.failing.add("bad");
    const event = await its.deliver("a", "bad");
    its.failing.clear();
    its.answerWith(async (request) => {
      await its.start()(request);
      throw new Error("the line was cut");
    });
    expect((await its.redrive()).outcomes).toEqual({ failed: 1 });
    its.answerWith(undefined);
    await its.reset();
    its.failing.add("bad");
    await its.start()(event);
    its.failing.clear();
    await its.redrive();
    expect(its.effects()).toBe(2);
    await its.redrive();
    expect(its.effects()).toBe(2);
    expect((await its.redrive()).outcomes).toEqual({});
  });
});

it("a transactional effect that a redrive has had after a reset is not repeated by a delivery", async () => {
  let isBroken = true;
  const its = await worldWith("DynamoDB", {
    process({ id }: Order) {
      if (isBroken) throw new NonRetryableError("no");
      return commitWith({
        Update: {
          ...{ TableName: "balances", Key: { pk: id }, UpdateExpression: "ADD cents :cents" },
          ExpressionAttributeValues: { ":cents": 5 },
        },
      });
    },
  } as Options);
  await its.db.createTable({ name: "balances" });
  const event = await its.deliver("a", "b");
  await its.reset();
  isBroken = false;
  expect((await its.redrive()).outcomes).toEqual({ redriven: 2 });
  expect(await its.start()(event)).toEqual({ batchItemFailures: [] });
  const { Items = [] } = await its.documents.send(new ScanCommand({ TableName: "balances" }));
  expect(Items.map(({ cents }) => cents)).toEqual([5, 5]);
});
