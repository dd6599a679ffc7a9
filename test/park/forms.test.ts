/** What is kept of a record that a store has no room for, and what is left out first. */
import { NonRetryableError, type ParkedRecord } from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking, s3Payloads } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { describe, expect, it } from "vitest";
import type { PayloadStore } from "../../src/park/payload.ts";
import { parkedRecord } from "./parked-record.ts";

/** What dynamodbParking stores of the record. */
async function itemOf(record: ParkedRecord, overflow?: PayloadStore) {
  const items: any[] = [];
  const client = { send: async ({ input }: any) => void items.push(input.Item) } as any;
  const parking = dynamodbParking({ tableName: "t", client, ...(overflow && { overflow }) });
  const warning = await parking.park(record);
  return { ...items[0], warning };
}

/** What sqsParking sends to a queue that takes so many bytes, and how often it had to try. */
async function messageOf(record: ParkedRecord, most: number, refusal = "InvalidParameterValue") {
  const bodies: string[] = [];
  const client = {
    async send({ input }: any) {
      bodies.push(input.MessageBody);
      if (Buffer.byteLength(input.MessageBody) <= most) return {};
      const message =
        refusal === "InvalidParameterValue"
          ? `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`
          : "no";
      throw Object.assign(new Error(message), { name: refusal });
    },
  } as any;
  const warning = await sqsParking({ queueUrl: "https://queue", client }).park(record);
  return { ...JSON.parse(bodies.at(-1)!), warning, tries: bodies.length };
}

describe("an error", () => {
  it("that is long keeps the place where it was thrown", async () => {
    const message = `502 ${"<p>".repeat(90_000)}`;
    const stack = `HttpError: ${message}\n    at fetchOrder (file:///var/task/index.mjs:12:34)`;
    const { error } = await itemOf(parkedRecord({ error: { name: "HttpError", message, stack } }));
    expect(error.message).toMatch(/^502 <p>.*…$/);
    expect(error.message).toHaveLength(1000);
    expect(error.stack).toBe("HttpError: …\n    at fetchOrder (file:///var/task/index.mjs:12:34)");
  });

  it("that is short stays as it is, with its cause", async () => {
    const error = {
      name: "Error",
      message: "no",
      stack: "Error: no\n    at x",
      cause: { name: "E", message: "why" },
    };
    expect((await itemOf(parkedRecord({ error }))).error).toEqual(error);
  });

  it("that is as long as what is kept stays as it is, also its stack", async () => {
    const message = "m".repeat(1000);
    const stack = `Error: ${message}\n`.padEnd(2000, "s");
    const error = { name: "N".repeat(100), message, stack };
    expect((await itemOf(parkedRecord({ error }))).error).toEqual(error);
  });

  it("whose stack begins with its long message, or does not have it, keeps the place", async () => {
    const message = "m".repeat(2000);
    const stackOf = async (stack: string) =>
      (await itemOf(parkedRecord({ error: { name: "Error", message, stack } }))).error.stack;
    expect(await stackOf(`${message}\n    at x`)).toBe("…\n    at x");
    expect(await stackOf("Error: short\n    at x")).toBe("Error: short\n    at x");
  });

  it("is not cut in the middle of a character", async () => {
    const message = `${"x".repeat(998)}😀😀`;
    const { error } = await itemOf(parkedRecord({ error: { name: "😀".repeat(99), message } }));
    for (const text of [error.name, error.message]) expect(text.isWellFormed()).toBe(true);
  });
});

describe("a unique id", () => {
  it("that is long stands there as its digest: two that differ have two", async () => {
    const ids = [`${"x".repeat(250_000)}a`, `${"x".repeat(250_000)}b`, "\ud800", "\ud801"];
    const stored = await Promise.all(
      ids.map(async (uniqueId) => (await itemOf(parkedRecord({ uniqueId }))).uniqueId),
    );
    expect(new Set(stored).size).toBe(4);
    for (const text of stored) expect(text).toMatch(/^SHA-256 [0-9a-f]{64}$/);
  });

  it("that is short is the id", async () => {
    expect((await itemOf(parkedRecord({ uniqueId: "order-4711" }))).uniqueId).toBe("order-4711");
  });
});

describe("a queue that takes less than the message", () => {
  const error = { name: "Error", message: "m".repeat(900), stack: "s".repeat(1900) };
  const partitionKey = "k".repeat(200);
  const record = parkedRecord({ error, partitionKey, uniqueId: "order-4711" });

  it.each<[string, number, object]>([
    [
      "gets a short error",
      1900,
      { id: record.id, error: { name: "Error", message: `${"m".repeat(199)}…` }, data: "AAH/" },
    ],
    ["gets none", 700, { partitionKey, uniqueId: true, data: "AAH/" }],
    [
      "gets the place alone",
      450,
      {
        sequenceNumber: record.sequenceNumber,
        pointer: true,
        warning: expect.stringMatching(/no room for more than its place .* retention/),
      },
    ],
  ])("%s", async (_, most, expected) => {
    const { tries, ...message } = await messageOf(record, most);
    expect(message).toMatchObject(expected);
    // It says what it takes when it is asked for the first time.
    expect(tries).toBe(2);
    expect("error" in message).toBe("error" in expected);
    expect("inner" in message).toBe(false);
  });

  it("and does not say how much is tried form by form", async () => {
    const { tries, ...message } = await messageOf(record, 700, "RequestEntityTooLarge");
    expect(tries).toBe(3);
    expect(message).toMatchObject({ partitionKey, data: "AAH/" });
  });

  it("gets no form that is not smaller than what it has refused", async () => {
    const short = parkedRecord({ error: { name: "Error", message: "no" }, partitionKey });
    // Its error is short already; and a pointer in the place of so small a payload saves nothing.
    const { tries, ...message } = await messageOf(short, 500, "RequestEntityTooLarge");
    expect(message).toMatchObject({ pointer: true });
    expect("partitionKey" in message).toBe(false);
    expect(tries).toBe(3);
  });

  it("gets the place alone, however little it says that it takes", async () => {
    const refusing = Object.assign(new Error("Message must be shorter than 10 bytes."), {
      name: "InvalidParameterValue",
    });
    const sent: any[] = [];
    const client = {
      async send({ input }: any) {
        if (sent.push(JSON.parse(input.MessageBody)) === 1) throw refusing;
      },
    } as any;
    await sqsParking({ queueUrl: "https://queue", client }).park(record);
    expect(sent).toMatchObject([{ id: record.id }, { pointer: true }]);
  });

  it("keeps the payload longer than the error", async () => {
    const large = { ...record, data: new Uint8Array(180_000) };
    const { data, error } = await messageOf(large, 240_700);
    expect(Buffer.from(data, "base64")).toHaveLength(180_000);
    expect(error).toBeUndefined();
  });

  it("and refuses even the place rejects, with what it said", async () => {
    await expect(messageOf(record, 10)).rejects.toThrow("shorter than 10 bytes");
  });

  it("and is not there rejects at once", async () => {
    await expect(messageOf(record, 10, "QueueDoesNotExist")).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
  });
});

it("a message may be as large as a queue takes, and leaves something out if it would be larger", async () => {
  const most = 1024 * 1024;
  const record = parkedRecord({ data: new Uint8Array(600_000) });
  const { tries, warning, ...body } = await messageOf(record, most);
  const room = most - Buffer.byteLength(JSON.stringify(body));
  const withKey = (length: number) =>
    messageOf({ ...record, partitionKey: record.partitionKey.padEnd(length, "k") }, most);
  const { length } = record.partitionKey;
  expect(await withKey(length + room)).toMatchObject({ error: record.error, tries: 1 });
  expect(await withKey(length + room + 1)).not.toHaveProperty("error");
  expect([tries, warning]).toEqual([1, undefined]);
});

describe("an overflow", () => {
  const large = parkedRecord({ data: new Uint8Array(900 * 1024) });
  const rejecting = (error: unknown): PayloadStore => ({ put: () => Promise.reject(error) });
  const answered = (name: string, httpStatusCode: number) =>
    Object.assign(new Error(`${name}!`), { name, $metadata: { httpStatusCode } });

  it.each([
    ["has no such bucket", answered("NoSuchBucket", 404), "NoSuchBucket: NoSuchBucket!"],
    ["has no permission", answered("AccessDenied", 403), "AccessDenied: AccessDenied!"],
    ["refuses the request", answered("InvalidRequest", 400), "InvalidRequest: InvalidRequest!"],
    ["says so itself", new NonRetryableError("never"), "NonRetryableError: never"],
  ])("that %s makes it a pointer, and the warning says why", async (_, error, why) => {
    const { pointer, data, warning } = await itemOf(large, rejecting(error));
    expect([pointer, data]).toEqual([true, undefined]);
    expect(warning).toContain(`its overflow refuses it (${why})`);
    expect(warning).toContain("before the stream's retention ends");
  });

  it.each([
    ["is throttled", answered("SlowDown", 503)],
    ["is throttled, by another name", answered("ThrottlingException", 400)],
    ["is too busy", answered("TooManyRequestsException", 429)],
    ["is too busy, and gives no name", answered("UnknownError", 429)],
    ["was too slow, and gives no name", answered("UnknownError", 408)],
    ["is broken", answered("InternalError", 500)],
    ["has credentials that have expired", answered("ExpiredToken", 400)],
    ["meets a clock that is wrong", answered("RequestTimeTooSkewed", 403)],
    [
      "cannot be reached",
      Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
    ],
    ["says nothing", undefined],
  ])("that %s has the record delivered again", async (_, error) => {
    await expect(itemOf(large, rejecting(error))).rejects.toBe(error);
  });
});

describe("a key in a bucket", () => {
  const keyOf = async (record: ParkedRecord, prefix = "parked/") => {
    const keys: string[] = [];
    const client = {
      send: async ({ input }: any) => ({ ETag: `"${keys.push(input.Key)}"` }),
    } as any;
    await s3Parking({ bucket: "b", prefix, client }).park(record);
    await s3Payloads({ bucket: "b", prefix, client }).put(record);
    return keys;
  };

  it.each([".", ".."])("is no step of a path, for a consumer named %s", async (consumer) => {
    const [key] = await keyOf(parkedRecord({ consumer }));
    expect(key).toMatch(/^parked\/(%2e){1,2}\/orders\/shardId-000000000000\//);
  });

  it.each([
    ["a.", "a."],
    [".a", ".a"],
    ["..a", "..a"],
    ["a..", "a.."],
    ["a..b", "a..b"],
    ["billing/eu é", "billing%2feu%20%c3%a9"],
    ["a\tb", "a%09b"],
  ])("has a part for a consumer named %j: %s", async (consumer, part) => {
    const [key] = await keyOf(parkedRecord({ consumer }));
    expect(key!.split("/")).toEqual([
      ...["parked", part, "orders", "shardId-000000000000"],
      `${parkedRecord().sequenceNumber}.3.json`,
    ]);
  });

  it("has at most 1,024 bytes, and is another for another record", async () => {
    const prefix = "é".repeat(470);
    const keys = [
      ...(await keyOf(parkedRecord(), prefix)),
      ...(await keyOf(parkedRecord(), prefix)),
    ];
    for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    expect(new Set(keys).size).toBe(4);
    expect(keys[0]).toMatch(/^é+[0-9a-f]{64}\.json$/);
  });

  it("that no prefix would leave room for is refused at the start", () => {
    for (const make of [s3Parking, s3Payloads]) {
      expect(() => make({ bucket: "b", prefix: "x".repeat(956) })).toThrow("this one has 956");
      expect(() => make({ bucket: "b", prefix: "x".repeat(955) })).not.toThrow();
    }
  });
});
