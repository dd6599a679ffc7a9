/** What a store of parked records does where AWS refuses, or others are at work on the same item. */
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking, s3Payloads } from "shardmill/s3";
import { describe, expect, it } from "vitest";
import * as dynamodbLimits from "../../src/aws/dynamodb/limits.ts";
import { dynamodbItemSize } from "../../src/aws/store-limits.ts";
import { parkedRecord } from "./parked-record.ts";

type Answer = (input: any, request: number) => unknown;

/** Keeps what it is asked; an error in an answer is thrown. */
function answering(answer: Answer) {
  const asked: any[] = [];
  const client: any = {
    async send({ input }: { input: any }) {
      const given = answer(input, asked.push(input));
      if (given instanceof Error) throw given;
      return given ?? {};
    },
  };
  return { asked, client };
}

const refusal = (name: string, message = `${name}!`) => Object.assign(new Error(message), { name });
const object = (fields: unknown) => ({
  ETag: '"1"',
  Body: { transformToString: async () => JSON.stringify(fields) },
});

const record = parkedRecord({ consumer: "billing" });
const key = `parked/billing/orders/shardId-000000000000/${record.sequenceNumber}.3.json`;

describe("s3Parking", () => {
  /** What is there says `there`; every write meets another's. */
  const inBucket = (there: unknown) => {
    const { asked, client } = answering(({ Body }) =>
      Body === undefined ? there : refusal("PreconditionFailed"),
    );
    return { asked, parking: s3Parking({ bucket: "b", client }) };
  };

  it("rejects after five rounds in which others were faster", async () => {
    const { asked, parking } = inBucket(object({ state: "parked" }));
    const message = `s3://b/${key} was changed by others 5 times in a row.`;
    await expect(parking.park(record)).rejects.toThrow(message);
    // It writes, reads, and writes what it has read.
    expect(asked).toHaveLength(5 * 3);
    await expect(parking.confirm(record)).rejects.toThrow(message);
    expect(asked).toHaveLength(5 * 3 + 5 * 2);
  });

  it("keeps what was taken or confirmed as it was parked first, but for how often", async () => {
    const there = { state: "confirmed", attempts: 1, data: "AA==" };
    const { asked, client } = answering(({ IfNoneMatch, Body }) =>
      IfNoneMatch ? refusal("PreconditionFailed") : Body ? undefined : object(there),
    );
    const parking = s3Parking({ bucket: "b", client });
    await parking.park(record);
    expect(JSON.parse(asked[2].Body)).toEqual({ ...there, parkedAgain: 1 });
    // Confirmed it is already: that is seen, and nothing is written.
    await parking.confirm(record);
    expect(asked.map(({ Body }) => Body !== undefined)).toEqual([true, false, true, false]);
  });

  it.each(["parked", "redriven"])(
    "parks anew what is %s, with how it failed now",
    async (state) => {
      const there = { state, attempts: 1, data: "AA==", redrivenAt: 1 };
      const { asked, client } = answering(({ IfNoneMatch, Body }) =>
        IfNoneMatch ? refusal("PreconditionFailed") : Body ? undefined : object(there),
      );
      await s3Parking({ bucket: "b", client }).park(record);
      const { id, attempts } = record;
      const written = JSON.parse(asked[2].Body);
      expect(written).toMatchObject({
        id,
        attempts,
        data: "AAH/",
        state: "parked",
        parkedAgain: 1,
      });
      expect(written).not.toHaveProperty("redrivenAt");
    },
  );

  it.each(["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])(
    "writes once more where somebody else was faster: %s",
    async (name) => {
      const { asked, client } = answering(({ Body }, request) =>
        request < 4 ? (Body ? refusal(name) : object({ state: "redriven" })) : undefined,
      );
      await s3Parking({ bucket: "b", client }).park(record);
      expect(asked.map(({ IfNoneMatch, IfMatch }) => IfNoneMatch ?? IfMatch)).toEqual([
        ...["*", undefined, '"1"', "*"],
      ]);
    },
  );

  it("puts no condition on what has no version", async () => {
    const { asked, client } = answering(({ Body }, request) =>
      request === 1
        ? refusal("PreconditionFailed")
        : Body
          ? undefined
          : { ...object({}), ETag: undefined },
    );
    await s3Parking({ bucket: "b", client }).park(record);
    expect(asked[2].IfMatch).toBeUndefined();
  });

  it("says which permission it needs to look at an object that is there", async () => {
    const { parking } = inBucket(refusal("AccessDenied"));
    await expect(parking.park(record)).rejects.toMatchObject({
      message: `s3Parking: s3://b/${key} is there already, and may not be read: the role needs s3:GetObject on s3://b/parked/*.`,
      cause: { name: "AccessDenied" },
    });
  });

  it("passes on what else keeps it from looking, with the place", async () => {
    const { parking } = inBucket(refusal("InternalError"));
    await expect(parking.park(record)).rejects.toMatchObject({
      name: "InternalError",
      message: "s3Parking: s3://b/parked/: InternalError!",
    });
  });

  it.each(["NoSuchKey", "NotFound"])("writes anew what is gone by then: %s", async (gone) => {
    const { asked, client } = answering((_, request) =>
      request === 1 ? refusal("PreconditionFailed") : request === 2 ? refusal(gone) : undefined,
    );
    await s3Parking({ bucket: "b", client }).park(record);
    expect(asked.map(({ Body }) => Body !== undefined)).toEqual([true, false, true]);
  });

  it.each(["{}", '"no object"', "null", "{", "", '{"state":"parked"}'])(
    "confirms %s as what is parked",
    async (there) => {
      const { asked, client } = answering(({ Body }) =>
        Body ? undefined : { ETag: '"1"', Body: { transformToString: async () => there } },
      );
      await s3Parking({ bucket: "b", client }).confirm(record);
      expect(JSON.parse(asked[1].Body).state).toBe("confirmed");
      expect(asked[1].IfMatch).toBe('"1"');
    },
  );
});

it("s3Payloads takes no refusal for a payload that is there", async () => {
  const { client } = answering(() => refusal("PreconditionFailed"));
  await expect(s3Payloads({ bucket: "b", client }).put(record)).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
});

describe("dynamodbParking", () => {
  const parkingOf = (client: any) => dynamodbParking({ tableName: "t", client });

  it("rejects after five rounds in which others were faster", async () => {
    const { asked, client } = answering(() => refusal("ConditionalCheckFailedException"));
    await expect(parkingOf(client).park(record)).rejects.toThrow(
      `us-east-1:123456789012:orders#shardId-000000000000#${record.sequenceNumber}.3 of billing#parked was changed by others 5 times in a row.`,
    );
    expect(asked).toHaveLength(5 * 3);
  });

  it("keeps a record's id where its key has a digest in its place", async () => {
    const long = parkedRecord({
      consumer: "c".repeat(2048),
      streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/${"s".repeat(1024)}`,
    });
    const { asked, client } = answering(() => undefined);
    const parking = parkingOf(client);
    await parking.park(long);
    await parking.confirm(long);
    const [{ Item }, { Key }] = asked;
    expect(Item.id).toBe(long.id);
    expect({ pk: Item.pk, sk: Item.sk }).toEqual(Key);
    expect([Key.pk, Key.sk]).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}#parked$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
  });

  it("sends less where the table says that the item is too large", async () => {
    const tooLarge = "Item size has exceeded the maximum allowed size";
    const { asked, client } = answering((_, request) =>
      request === 1 ? refusal("ValidationException", tooLarge) : undefined,
    );
    const stack = "s".repeat(1900);
    await parkingOf(client).park({ ...record, error: { name: "Error", message: "no", stack } });
    expect(asked.map(({ Item }) => Item.error)).toEqual([
      { name: "Error", message: "no", stack },
      { name: "Error", message: "no" },
    ]);
  });

  it.each([
    refusal("ValidationException", "The provided key element does not match the schema"),
    refusal("ResourceNotFoundException", "Item size is not why"),
  ])("rejects at once where the item is not too large: %s", async (error) => {
    const { asked, client } = answering(() => error);
    await expect(parkingOf(client).park(record)).rejects.toMatchObject({
      name: error.name,
      message: expect.stringContaining(error.message),
    });
    expect(asked).toHaveLength(1);
  });

  it("leaves 1 KB of the item for what a redrive writes into it", async () => {
    const sizes: number[] = [];
    for (let length = 18_000; length < 20_000; length += 200) {
      const { asked, client } = answering(() => undefined);
      const data = new Uint8Array(380 * 1024);
      await parkingOf(client).park(parkedRecord({ consumer: "c".repeat(length), data }));
      expect(asked).toHaveLength(1);
      const { Item } = asked[0];
      if (Item.data) sizes.push(dynamodbItemSize(Item));
    }
    // Some have room for their payload, and some have not.
    const most = dynamodbLimits.item - 1024;
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    expect(Math.max(...sizes)).toBeGreaterThan(most - 1024);
    expect(sizes.length).toBeLessThan(10);
  });
});
