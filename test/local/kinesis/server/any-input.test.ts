import { encode } from "cborg";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { actions } from "../../../../packages/local/src/kinesis/api/index.ts";
import { anyCharacter } from "../../../any-character.ts";
import { cbor, json, type Served, served } from "../api/served.ts";

const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

async function withStream(): Promise<Served & { iterator: string; consumer: string }> {
  const api = await served();
  await api.call("CreateStream", { StreamName: "orders", ShardCount: 2 });
  const { Consumer } = await api.call("RegisterStreamConsumer", {
    StreamARN: arn,
    ConsumerName: "app",
  });
  const { ShardIterator } = await api.call("GetShardIterator", {
    StreamName: "orders",
    ShardId: "shardId-000000000000",
    ShardIteratorType: "LATEST",
  });
  return { ...api, iterator: ShardIterator, consumer: Consumer.ConsumerARN };
}

/** Every name that a request may have a member of. */
const memberNames = [
  ...new Set([...actions.values()].flatMap(({ members }) => Object.keys(members))),
  ...["PartitionKey", "Data", "ExplicitHashKey", "Type", "StreamMode", "Status", "Key"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty"],
];

/** Values near those that mean something, and far from them. */
const values = (special: readonly string[]) =>
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...special),
      fc.constantFrom(0, -1, 1, 1.5, 2 ** 31, 2 ** 53, 1e308, -0, 24, 10_001),
      fc.constantFrom("", "orders", "shardId-000000000000", "shardId-1", "app", "KMS", "ON_DEMAND"),
      fc.constantFrom("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "ENABLED"),
      fc.constantFrom("AFTER_SHARD_ID", "FROM_TIMESTAMP", "UNIFORM_SCALING", "ALL", "AAAA"),
      fc.bigInt({ min: 0n, max: 2n ** 190n }).map(String),
      fc.string({ unit: anyCharacter }),
      fc.base64String(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...memberNames), tie("value"), { maxKeys: 6 }),
    ),
  })).value;

/** A request of an action's own members, each with some value. */
const requests = (special: readonly string[]) =>
  fc.constantFrom(...actions.keys()).chain((action) => {
    const members = Object.keys(actions.get(action)!.members);
    const entries = members.map((name) =>
      fc.option(fc.tuple(fc.constant(name), values(special)), { nil: undefined }),
    );
    const input = fc
      .tuple(...entries)
      .map((chosen) => Object.fromEntries(chosen.filter((entry) => entry !== undefined)));
    return fc.tuple(fc.constant(action), fc.oneof(input, values(special)));
  });

const answersAlways = async (api: Served) => {
  expect((await api.send("ListStreams", "{}")).status).toBe(200);
};

/** 200 or a refusal; a subscription that began is an answer, and is left. */
const allowed = [200, 400];

/** Twenty of each action, others at each run. */
const numRuns = 20 * actions.size;

test("no JSON of any shape gets a 500 or stops the server", async () => {
  const api = await withStream();
  const request = requests([arn, api.iterator, api.consumer]);
  await fc.assert(
    fc.asyncProperty(request, async ([action, input]) => {
      const { status } = await answer(api, action, JSON.stringify(input), json);
      expect(allowed).toContain(status);
    }),
    { numRuns },
  );
  await answersAlways(api);
}, 60_000);

test("no CBOR of any shape gets a 500 or stops the server", async () => {
  const api = await withStream();
  const request = requests([arn, api.iterator, api.consumer]);
  await fc.assert(
    fc.asyncProperty(
      request,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
      async ([action, input], changes) => {
        const bytes = Buffer.from(encode(withBytes(input)));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const { status } = await answer(api, action, bytes, cbor);
        expect(allowed).toContain(status);
      },
    ),
    { numRuns },
  );
  await answersAlways(api);
}, 60_000);

test("no bytes get a 500 or stop the server, whatever they are said to be", async () => {
  const api = await withStream();
  const types = fc.constantFrom(json, cbor, "text/plain", "application/x-www-form-urlencoded");
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...actions.keys(), "None"),
      fc.uint8Array({ maxLength: 200 }),
      types,
      async (action, bytes, type) => {
        const { status } = await answer(api, action, bytes, type);
        expect([...allowed, 404]).toContain(status);
      },
    ),
    { numRuns: 500 },
  );
  for (const deep of ["[".repeat(1_000_000), `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`]) {
    expect(allowed).toContain((await answer(api, "ListStreams", deep, json)).status);
  }
  const nested = Buffer.alloc(1_000_000, 0x81);
  expect((await answer(api, "ListStreams", nested, cbor)).status).toBe(400);
  const promised = Buffer.from([0x9a, 0xff, 0xff, 0xff, 0xff]);
  expect((await answer(api, "PutRecords", promised, cbor)).status).toBe(400);
  await answersAlways(api);
}, 60_000);

/** Only the status: the body may be a subscription that goes on for minutes. */
async function answer(
  api: Served,
  action: string,
  body: string | Uint8Array,
  type: string,
): Promise<{ status: number }> {
  const response = await fetch(api.server.endpoint, {
    method: "POST",
    body: body as string,
    headers: {
      "Content-Type": type,
      "X-Amz-Target": `Kinesis_20131202.${action}`,
      Authorization: "AWS4-HMAC-SHA256 Credential=a",
    },
  });
  await response.body?.cancel();
  return { status: response.status };
}

/** In CBOR data is bytes: every other string becomes some. */
function withBytes(value: unknown): unknown {
  if (typeof value === "string" && value.length % 2 === 1) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withBytes(one)]));
}
