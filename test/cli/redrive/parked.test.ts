import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import {
  commitWith,
  type KinesisConsumerOptions,
  NonRetryableError,
  type Parking,
} from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking, s3Payloads } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { progressCommand } from "../../../packages/cli/src/progress/command.ts";
import { project } from "../../local/run/templates.ts";
import { written } from "../put/served.ts";
import { type Order, redriveWorld, streamArn } from "./world.ts";

const through = ["--table", "progress", "--function", "billing"];

const states = (items: readonly Record<string, any>[]) => items.map(({ state }) => state);

describe("a parked record", () => {
  it("comes back through the function, once, and is marked when that is done", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    const event = await its.deliver("a", "bad", "c");
    expect(states(await its.parked())).toEqual(["confirmed"]);
    its.failing.clear();
    its.ran.length = 0;
    const { status, told, outcomes, err } = await its.redrive(through);
    expect({ status, err, outcomes }).toEqual({ status: 0, err: "", outcomes: { redriven: 1 } });
    expect(told).toMatchObject([
      { outcome: "redriven", partitionKey: "bad", attempts: 1, where: "table progress" },
    ]);
    expect(its.ran).toEqual(["bad"]);
    expect(await its.parked()).toMatchObject([
      { state: "redriven", redrivenAt: expect.any(Number) },
    ]);
    expect((await its.redrive(through)).outcomes).toEqual({});
    await its.start()(event);
    expect(its.ran).toEqual(["bad"]);
  });

  it("is shown by --dry-run, which changes nothing", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("a", "bad");
    const before = await its.parked();
    const { status, told } = await its.redrive(["--table", "progress", "--dry-run"]);
    expect(status).toBe(0);
    expect(told).toMatchObject([{ outcome: "would redrive", what: "no bad", partitionKey: "bad" }]);
    expect(await its.parked()).toEqual(before);
    expect(its.invocations).toEqual([]);
  });

  it("that fails again stays parked, and the next redrive takes it", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    const { status, told } = await its.redrive(through);
    expect(status).toBe(1);
    expect(told).toMatchObject([{ outcome: "failed", what: "NonRetryableError: no bad" }]);
    expect(states(await its.parked())).toEqual(["confirmed"]);
    its.failing.clear();
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
  });

  it("is not repeated when the answer was lost after its effect", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    its.failing.clear();
    its.ran.length = 0;
    its.answerWith(async (event) => {
      await its.start()(event);
      throw new Error("the line was cut");
    });
    expect((await its.redrive(through)).outcomes).toEqual({ failed: 1 });
    its.answerWith(undefined);
    expect((await its.redrive(through)).outcomes).toEqual({ repeated: 1 });
    expect(its.ran).toEqual(["bad"]);
    expect(states(await its.parked())).toEqual(["redriven"]);
  });

  it("that kills the function keeps none of the others", async () => {
    const its = await redriveWorld();
    for (const id of ["b1", "b2", "killer", "b3"]) its.failing.add(id);
    await its.deliver("b1", "b2", "killer", "b3");
    its.failing.clear();
    its.answerWith((event) => {
      const payloads = event.Records.map(({ kinesis }: any) => Buffer.from(kinesis.data, "base64"));
      if (payloads.some((payload: Buffer) => payload.includes("killer"))) throw new Error("died");
      return its.start()(event);
    });
    const { outcomes, told } = await its.redrive(through);
    expect(outcomes).toEqual({ redriven: 3, failed: 1 });
    expect(told.find(({ outcome }) => outcome === "failed")).toMatchObject({
      partitionKey: "killer",
      what: "Error: died",
    });
    expect(states(await its.parked()).sort()).toEqual(["confirmed", ...Array(3).fill("redriven")]);
  });

  it("may be one of many, named by its id", async () => {
    const its = await redriveWorld();
    its.failing.add("x").add("y");
    await its.deliver("x", "y");
    its.failing.clear();
    const { told } = await its.redrive(["--table", "progress", "--dry-run"]);
    const { id } = told.find(({ partitionKey }) => partitionKey === "y")!;
    const { outcomes } = await its.redrive([...through, "--id", id]);
    expect(outcomes).toEqual({ redriven: 1 });
    expect(
      (await its.redrive([...through, "--limit", "5", "--batch-size", "1"])).told,
    ).toMatchObject([{ partitionKey: "x" }]);
  });
});

describe("an item that was never confirmed", () => {
  const unconfirm = async (its: Awaited<ReturnType<typeof redriveWorld>>) => {
    for (const { pk, sk } of await its.parked()) {
      await its.documents.send(
        new UpdateCommand({
          ...{ TableName: "progress", Key: { pk, sk }, UpdateExpression: "SET #state = :parked" },
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":parked": "parked" },
        }),
      );
    }
  };

  it("comes back where the log says that it is parked", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("a", "bad");
    await unconfirm(its);
    its.failing.clear();
    expect((await its.redrive(["--table", "progress", "--dry-run"])).outcomes).toEqual({
      "would redrive": 1,
    });
    expect(states(await its.parked())).toEqual(["parked"]);
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
    expect(states(await its.parked())).toEqual(["redriven"]);
  });

  it.each([
    ["stays where the log does not know of it: it may be delivered again", false, "unconfirmed"],
    ["is done with where the log says that it was processed after all", true, "processed"],
  ])("%s", async (_, isProcessed, outcome) => {
    const its = await redriveWorld();
    let isDead = true;
    const parking = its.parking;
    const park: Parking = {
      ...parking,
      async park(record) {
        await parking.park(record);
        // The environment dies before the log is told.
        if (isDead) throw new Error("died");
      },
    };
    its.failing.add("bad");
    const delivered = await its.deliver("other");
    const data = Buffer.from('{"id":"bad"}').toString("base64");
    const [record] = delivered.Records;
    const sequenceNumber = String(BigInt(record!.kinesis.sequenceNumber) + 16n);
    const event = {
      Records: [
        {
          ...record!,
          eventID: record!.eventID.replace(record!.kinesis.sequenceNumber, sequenceNumber),
          kinesis: { ...record!.kinesis, sequenceNumber, partitionKey: "bad", data },
        },
      ],
    };
    await its.start({ park } as Partial<KinesisConsumerOptions<Order>>)(event);
    isDead = false;
    expect(states(await its.parked())).toEqual(["parked"]);
    its.failing.clear();
    if (isProcessed) await its.start()(event);
    its.ran.length = 0;
    const { outcomes, status } = await its.redrive(through);
    expect(outcomes).toEqual({ [outcome]: 1 });
    expect(status).toBe(isProcessed ? 0 : 1);
    expect(its.ran).toEqual([]);
    expect(states(await its.parked())).toEqual([isProcessed ? "redriven" : "parked"]);
  });
});

describe("an item belongs to one redrive at a time", () => {
  it("until it is over, and no longer", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    its.failing.clear();
    its.ran.length = 0;
    let second: Awaited<ReturnType<typeof its.redrive>> | undefined;
    its.answerWith(async (event) => {
      second ??= await its.redrive(through);
      return its.start()(event);
    });
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
    expect(second!.outcomes).toEqual({ busy: 1 });
    expect(its.ran).toEqual(["bad"]);
  });

  it("and is another's once the time of the first is over", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad");
    its.failing.clear();
    for (const [heldUntil, outcome] of [
      [Date.now() + 60_000, "busy"],
      [Date.now() - 1, "redriven"],
    ] as const) {
      const [{ pk, sk } = {}] = await its.parked();
      await its.documents.send(
        new UpdateCommand({
          ...{ TableName: "progress", Key: { pk, sk } },
          UpdateExpression: "SET #state = :state, heldUntil = :until, redriveToken = :token",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":state": "redriving", ":until": heldUntil, ":token": "x" },
        }),
      );
      expect((await its.redrive(through)).outcomes).toEqual({ [outcome]: 1 });
    }
  });
});

describe('with afterPark: "parkKey"', () => {
  const options = { afterPark: "parkKey" } as Partial<KinesisConsumerOptions<Order>>;

  it("the key comes back in order, and then its later records are processed again", async () => {
    const its = await redriveWorld({ options });
    its.failing.add("bad");
    await its.deliver("bad@k", "x@k", "y@other", "z@k");
    its.failing.clear();
    its.ran.length = 0;
    expect((await its.redrive([...through, "--batch-size", "2"])).outcomes).toEqual({
      redriven: 3,
    });
    expect(its.ran).toEqual(["bad", "x", "z"]);
    await its.deliver("later@k");
    expect(its.ran.at(-1)).toBe("later");
    expect((await its.redrive(through)).outcomes).toEqual({});
  });

  it.each([
    ["Kinesis takes", 256],
    ["no item of its own would have room for beside its record", 300_000],
  ])("a key as long as %s comes back in order, and is free then", async (_, length) => {
    const its = await redriveWorld({ options });
    const key = "k".repeat(length);
    let from = 0;
    const deliver = (...ids: string[]) => {
      const values = ids.map((id) => ({ id }));
      return its.start()(
        kinesisEvent(values, { aggregate: true, partitionKey: () => key, from: from++ }),
      );
    };
    its.failing.add("bad");
    await deliver("bad", "x");
    expect((await its.redrive(through)).outcomes).toEqual({ failed: 1, waiting: 1 });
    its.failing.clear();
    its.ran.length = 0;
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 2 });
    await deliver("later");
    expect(its.ran).toEqual(["bad", "x", "later"]);
  });

  it("nothing overtakes what fails, and the key stays parked", async () => {
    const its = await redriveWorld({ options });
    its.failing.add("bad");
    await its.deliver("bad@k", "x@k", "y@other", "z@k");
    its.ran.length = 0;
    const { outcomes } = await its.redrive([...through, "--batch-size", "1"]);
    expect(outcomes).toEqual({ failed: 1, waiting: 2 });
    expect(its.ran).toEqual(["bad"]);
    await its.deliver("later@k");
    expect(await its.parked()).toHaveLength(4);
  });

  it("a record that is parked while the key comes back keeps it parked", async () => {
    const its = await redriveWorld({ options });
    its.failing.add("bad");
    await its.deliver("bad@k");
    its.failing.clear();
    let isFirst = true;
    its.answerWith(async (event) => {
      if (isFirst) {
        isFirst = false;
        await its.deliver("late@k");
      }
      return its.start()(event);
    });
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
    await its.deliver("later@k");
    expect(states(await its.parked()).sort()).toEqual(["confirmed", "confirmed", "redriven"]);
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 2 });
    await its.deliver("last@k");
    expect(its.ran.slice(-3)).toEqual(["late", "later", "last"]);
  });
});

it("a transactional effect happens once, and its entry with it, whatever is lost", async () => {
  let isBroken = true;
  const its = await redriveWorld({
    options: {
      process({ id }: Order) {
        if (isBroken) throw new NonRetryableError("no");
        return commitWith({
          Update: {
            ...{ TableName: "balances", Key: { pk: id }, UpdateExpression: "ADD cents :cents" },
            ExpressionAttributeValues: { ":cents": 5 },
          },
        });
      },
    } as Partial<KinesisConsumerOptions<Order>>,
  });
  await its.db.createTable({ name: "balances" });
  const event = await its.deliver("a", "b");
  isBroken = false;
  its.answerWith(async (event) => {
    await its.start()(event);
    throw new Error("the line was cut");
  });
  expect((await its.redrive(through)).outcomes).toEqual({ failed: 2 });
  its.answerWith(undefined);
  expect((await its.redrive(through)).outcomes).toEqual({ repeated: 2 });
  await its.start()(event);
  const { Items } = await its.documents.send(new ScanCommand({ TableName: "balances" }));
  expect(Items).toHaveLength(2);
  expect(Items!.map(({ cents }) => cents)).toEqual([5, 5]);
});

describe("other stores", () => {
  it("a bucket: the object is marked", async () => {
    const its = await redriveWorld({
      async park({ s3 }) {
        await s3.send(new CreateBucketCommand({ Bucket: "failures" }));
        return s3Parking({ bucket: "failures", client: s3 });
      },
    });
    its.failing.add("bad");
    await its.deliver("a", "bad");
    its.failing.clear();
    const args = ["--bucket", "failures", "--function", "billing"];
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 1 });
    expect(its.ran).toEqual(["a", "bad", "bad"]);
    const { Contents } = await its.s3.send(new ListObjectsV2Command({ Bucket: "failures" }));
    const { Body } = await its.s3.send(
      new GetObjectCommand({ Bucket: "failures", Key: Contents![0]!.Key! }),
    );
    expect(JSON.parse(await Body!.transformToString())).toMatchObject({ state: "redriven" });
    expect((await its.redrive(args)).outcomes).toEqual({});
  });

  it("a queue: the log is asked, and the message deleted", async () => {
    let queueUrl = "";
    const its = await redriveWorld({
      async park({ sqs }) {
        const created = await sqs.send(new CreateQueueCommand({ QueueName: "parked" }));
        queueUrl = created.QueueUrl!;
        return sqsParking({ queueUrl, client: sqs });
      },
    });
    its.failing.add("bad");
    await its.deliver("a", "bad");
    const args = ["--queue", queueUrl, "--function", "billing"];
    const left = async () => {
      const AttributeNames = ["ApproximateNumberOfMessages" as const];
      const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames });
      return (await its.sqs.send(asked)).Attributes?.ApproximateNumberOfMessages;
    };
    expect((await its.redrive(args)).outcomes).toEqual({ unconfirmed: 1 });
    const known = [...args, "--progress-table", "progress"];
    expect((await its.redrive(known)).outcomes).toEqual({ failed: 1 });
    its.failing.clear();
    expect(await left()).toBe("1");
    expect((await its.redrive(known)).outcomes).toEqual({ redriven: 1 });
    expect(await left()).toBe("0");
    expect(its.ran).toEqual(["a", "bad", "bad", "bad"]);
  });
});

describe("a payload that was too large to be parked", () => {
  const pointers = (its: Awaited<ReturnType<typeof redriveWorld>>) => async () => {
    for (const { pk, sk } of await its.parked()) {
      await its.documents.send(
        new UpdateCommand({
          ...{ TableName: "progress", Key: { pk, sk } },
          ...{ UpdateExpression: "SET #pointer = :yes REMOVE #data" },
          ExpressionAttributeNames: { "#pointer": "pointer", "#data": "data" },
          ExpressionAttributeValues: { ":yes": true },
        }),
      );
    }
  };

  it("is read from the stream again", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("a", "bad");
    await pointers(its)();
    its.failing.clear();
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
    expect(its.ran.at(-1)).toBe("bad");
  });

  it("is gone once the retention is over, and that is said", async () => {
    let now = Date.now();
    const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
    const its = await redriveWorld({ kinesis: { clock } });
    its.failing.add("bad");
    await its.deliver("bad");
    await pointers(its)();
    now += 25 * 3_600_000;
    const { status, told } = await its.redrive(through);
    expect(status).toBe(1);
    expect(told).toMatchObject([
      { outcome: "expired", what: expect.stringContaining("its retention is over") },
    ]);
    expect(states(await its.parked())).toEqual(["confirmed"]);
  });

  it("is read from where it was put", async () => {
    const its = await redriveWorld({
      async park({ dynamodb, s3 }) {
        await s3.send(new CreateBucketCommand({ Bucket: "large" }));
        const overflow = s3Payloads({ bucket: "large", client: s3 });
        return dynamodbParking({ tableName: "progress", client: dynamodb, overflow });
      },
    });
    const id = "x".repeat(400 * 1024);
    its.failing.add(id);
    await its.deliver(`${id}@large`);
    expect((await its.parked())[0]).toHaveProperty("payloadLocation");
    its.failing.clear();
    expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1 });
    expect(its.ran).toEqual([id, id]);
  });
});

describe("into a stream", () => {
  it("it is a new record under its key", async () => {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("bad@k");
    const args = ["--table", "progress", "--stream", "orders"];
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 1 });
    expect(its.stream.texts()).toEqual([
      { partitionKey: "k", text: '{"id":"bad"}' },
      { partitionKey: "k", text: '{"id":"bad"}' },
    ]);
    expect((await its.redrive(args)).outcomes).toEqual({});
  });

  it("not into its own, where it has a unique id: there it would be a duplicate of itself", async () => {
    const its = await redriveWorld({ options: { uniqueId: ({ id }: Order) => id } as never });
    its.failing.add("bad");
    await its.deliver("bad");
    const { told, status } = await its.redrive(["--table", "progress", "--stream", "orders"]);
    expect(told).toMatchObject([
      { outcome: "refused", what: expect.stringContaining("taken for a duplicate") },
    ]);
    expect(status).toBe(1);
    expect(states(await its.parked())).toEqual(["confirmed"]);
  });
});

describe("a name that is not there", () => {
  async function billing() {
    const its = await redriveWorld();
    its.failing.add("bad");
    await its.deliver("a", "bad");
    const { told } = await its.redrive(["--table", "progress", "--dry-run"]);
    return { ...its, id: told[0]!.id as string };
  }

  it.each(["--function", "--dry-run"])("is said with what there is instead: %s", async (target) => {
    const its = await billing();
    const to = target === "--function" ? [target, "billing"] : [target];
    const run = (...args: string[]) => its.redrive(["--table", "progress", ...to, ...args]);
    expect(await run("--id", "nonsense")).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringContaining(
        "no record is parked here with the id nonsense. 1 record is there: --dry-run without --id lists them.",
      ),
    });
    const near = await run("--id", its.id, "--id", its.id.slice(0, -1));
    expect(near.err).toContain(`Did you mean ${its.id}?`);
    expect(await run("--consumer", "clicking")).toMatchObject({
      status: 2,
      err: expect.stringContaining(
        "nothing of clicking is parked in progress. Parked are records of billing.",
      ),
    });
    expect(its.invocations).toEqual([]);
    expect(states(await its.parked())).toEqual(["confirmed"]);
    expect((await run("--id", its.id)).told).toHaveLength(1);
  });

  it("is none, where the consumer has progress and nothing parked, or the record is back", async () => {
    const its = await billing();
    its.failing.clear();
    const { err, outcomes, status } = await its.redrive([...through, "--id", its.id]);
    expect({ err, outcomes, status }).toEqual({ err: "", outcomes: { redriven: 1 }, status: 0 });
    expect(await its.redrive([...through, "--id", its.id])).toMatchObject({
      status: 0,
      err: `${its.id} is back already: it was redriven.\n`,
    });
    await its.start({ consumer: "clicking" })(await its.deliver("c"));
    const none = await its.redrive([...through, "--consumer", "clicking"]);
    expect(none).toMatchObject({ status: 0, err: "", outcomes: {} });
  });

  it("is looked for in a queue and a bucket, too, and all that lies there stays", async () => {
    const its = await redriveWorld({
      async park({ sqs }) {
        const { QueueUrl: queueUrl = "" } = await sqs.send(
          new CreateQueueCommand({ QueueName: "parked" }),
        );
        return sqsParking({ queueUrl, client: sqs });
      },
    });
    its.failing.add("bad");
    await its.deliver("bad");
    const queue = `${its.queueEndpoint}/123456789012/parked`;
    const args = ["--queue", queue, "--progress-table", "progress", "--function", "billing"];
    const { err, status } = await its.redrive([...args, "--consumer", "clicking"]);
    expect(err).toContain(`nothing of clicking is parked in ${queue}.`);
    expect(status).toBe(2);
    expect((await its.redrive([...args, "--id", "none"])).err).toContain("with the id none.");
    its.failing.clear();
    expect((await its.redrive(args)).outcomes).toEqual({ redriven: 1 });
  });

  it("may be that of the table, or of the progress table", async () => {
    const its = await redriveWorld();
    await its.db.createTable({ name: "orders", partitionKey: "id" });
    for (const option of ["--table", "--progress-table"]) {
      const rest = option === "--table" ? [] : ["--queue", `${its.queueEndpoint}/1/q`];
      const to = ["--function", "billing"];
      expect((await its.redrive([option, "orders", ...rest, ...to])).err).toContain(
        "the table orders has the keys id (HASH, S), and progress needs pk (HASH, S), sk (RANGE, S).",
      );
      expect((await its.redrive([option, "progres", ...rest, ...to])).err).toContain(
        "there is no table progres. Did you mean progress?",
      );
    }
  });
});

it("progress show lists it no longer, behind a fan-out consumer too", async () => {
  const its = await redriveWorld();
  const shown = async () => {
    const { out, texts } = written();
    const args = ["show", "--table", "progress", "--json", "--endpoint", its.db.endpoint];
    await progressCommand([...args, "--region", "us-east-1"], { out, ask: undefined });
    return JSON.parse(texts.out).parked;
  };
  its.failing.add("bad").add("worse");
  // Lambda takes the aggregate apart: its inner records have one sequence number.
  const { Records } = kinesisEvent([{ id: "a" }, { id: "bad" }, { id: "worse" }, { id: "d" }]);
  const { eventID, kinesis } = Records[0]!;
  const event = {
    Records: Records.map((record) => ({
      ...record,
      ...{ eventID, eventSourceARN: `${streamArn}/consumer/fast:1767225600` },
      kinesis: { ...record.kinesis, sequenceNumber: kinesis.sequenceNumber },
    })),
  };
  await its.start()(event);
  expect(await shown()).toHaveLength(2);
  its.failing.delete("bad");
  expect((await its.redrive(through)).outcomes).toEqual({ redriven: 1, failed: 1 });
  expect(await shown()).toHaveLength(1);
  its.failing.clear();
  await its.redrive(through);
  expect(await shown()).toEqual([]);
});

it("progress show lists it no longer", async () => {
  const its = await redriveWorld();
  its.failing.add("bad");
  await its.deliver("a", "bad");
  its.failing.clear();
  const shown = async () => {
    let text = "";
    const args = ["show", "--table", "progress", "--endpoint", its.db.endpoint];
    await progressCommand([...args, "--region", "us-east-1"], {
      out: { write: (more: string) => (text += more) },
      err: { write: (more: string) => (text += more) },
      ask: undefined,
    });
    expect(text).toContain("billing");
    return text.match(/^ *parked /gm) ?? [];
  };
  expect(await shown()).toHaveLength(1);
  await its.redrive(["--table", "progress", "--function", "billing"]);
  expect(await shown()).toEqual([]);
});

it("another consumer's function does none of it, and says whose records they are", async () => {
  const its = await redriveWorld();
  its.failing.add("bad");
  await its.deliver("a", "bad");
  its.failing.clear();
  its.ran.length = 0;
  its.answerWith((event) => its.start({ consumer: "clicking" })(event));
  const { status, told } = await its.redrive(["--table", "progress", "--function", "billing"]);
  expect(told).toMatchObject([{ outcome: "failed" }]);
  expect(told[0]!.what).toContain(
    "was parked by the consumer billing, and this function is clicking",
  );
  expect(status).toBe(1);
  expect(its.ran).toEqual([]);
  its.answerWith(undefined);
  const again = await its.redrive(["--table", "progress", "--function", "billing"]);
  expect(again.outcomes).toEqual({ redriven: 1 });
  expect(its.ran).toEqual(["bad"]);
});

it("a handler's file runs on this machine, as the function that wrote the log", async () => {
  const its = await redriveWorld();
  its.failing.add("bad");
  await its.deliver("a", "bad");
  const at = project({
    "billing.ts": `
      import { json, kinesisConsumer } from "shardmill";
      import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
      export const consume = kinesisConsumer({
        consumer: "billing",
        decode: json<{ id: string }>(),
        progress: dynamodbProgress({ tableName: process.env.PROGRESS }),
        park: dynamodbParking({ tableName: process.env.PROGRESS }),
        process({ id }) {
          console.log("did " + id);
        },
      });`,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        paths: {
          shardmill: ["../../../src/index.ts"],
          "shardmill/dynamodb": ["../../../src/dynamodb.ts"],
        },
      },
    }),
  });
  const args = ["--table", "progress", "--handler", `${at.at("billing.ts")}:consume`];
  const more = { cwd: at.root, env: { PROGRESS: "progress" } };
  const { status, outcomes, err } = await its.redrive(args, more);
  expect({ status, outcomes }).toEqual({ status: 0, outcomes: { redriven: 1 } });
  expect(err).toContain("did bad");
  expect(states(await its.parked())).toEqual(["redriven"]);
});

it("Ctrl-C ends it between two invocations, and leaves the rest to the next", async () => {
  const its = await redriveWorld();
  for (const id of ["a", "b", "c"]) its.failing.add(id);
  await its.deliver("a", "b", "c");
  its.failing.clear();
  const ended = new AbortController();
  its.answerWith((event) => {
    ended.abort();
    return its.start()(event);
  });
  const one = [...through, "--batch-size", "1"];
  const { status, outcomes } = await its.redrive(one, { signal: ended.signal });
  expect({ status, outcomes }).toEqual({ status: 1, outcomes: { redriven: 1 } });
  its.answerWith(undefined);
  expect((await its.redrive(through)).outcomes).toEqual({ redriven: 2 });
});
