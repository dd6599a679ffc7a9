import fc from "fast-check";
import { deaggregate } from "shardmill/kpl";
import { describe, expect, test } from "vitest";
import * as wire from "./wire.ts";

const key = wire.partitionKey("key");
const index = wire.partitionKeyIndex(0);
const good = wire.record(index, wire.data("good"));
const goodUser = { partitionKey: "key", data: Buffer.from("good") };

function expectUsers(bytes: Uint8Array, ...users: Parameters<typeof wire.plain>[0] & {}) {
  expect(wire.plain(deaggregate(bytes))).toEqual(wire.plain(users));
}

test("data is a view into the given bytes, wherever they lie in their memory", () => {
  const bytes = wire.sealed(key, good, wire.record(index, wire.data("")));
  const memory = new Uint8Array(bytes.length + 64);
  memory.set(bytes, 7);
  const [first, second] = deaggregate(memory.subarray(7, 7 + bytes.length))!;
  expect(first!.data.buffer).toBe(memory.buffer);
  expect(first!.data.byteOffset).toBe(7 + bytes.indexOf("good"));
  expect(Buffer.from(first!.data).toString()).toBe("good");
  expect(second!.data).toHaveLength(0);
});

test("a partition key of the table is one string for all who point to it", () => {
  const bytes = wire.sealed(
    key,
    wire.partitionKey("other"),
    good,
    good,
    wire.record(wire.partitionKeyIndex(1), wire.data("x")),
  );
  expect(deaggregate(bytes)!.map(({ partitionKey }) => partitionKey)).toEqual([
    "key",
    "key",
    "other",
  ]);
});

test("a record without an explicit hash key has none, whatever its neighbours have", () => {
  const bytes = wire.sealed(
    key,
    wire.explicitHashKey("7"),
    good,
    wire.record(index, wire.explicitHashKeyIndex(0), wire.data("x")),
    good,
  );
  const users = deaggregate(bytes)!;
  expect(users.map((user) => "explicitHashKey" in user)).toEqual([false, true, false]);
  expect(users[1]!.explicitHashKey).toBe("7");
});

test("keys are UTF-8, a byte order mark included; bytes that are not become U+FFFD", () => {
  const keys = ["Zürich", "東京", "✈️", "\u{feff}mark", ""];
  expectUsers(
    wire.sealed(
      ...keys.map(wire.partitionKey),
      ...keys.map((_, i) => wire.record(wire.partitionKeyIndex(i), wire.data(""))),
    ),
    ...keys.map((partitionKey) => ({ partitionKey, data: Buffer.alloc(0) })),
  );
  expectUsers(wire.sealed(wire.partitionKey(Buffer.from("61ff62", "hex")), good), {
    ...goodUser,
    partitionKey: "a\u{fffd}b",
  });
});

test("an explicit hash key comes back as it was written, a hash key or not", () => {
  expectUsers(
    wire.sealed(
      key,
      wire.explicitHashKey("no number"),
      wire.record(index, wire.explicitHashKeyIndex(0), wire.data("good")),
    ),
    {
      ...goodUser,
      explicitHashKey: "no number",
    },
  );
});

describe("as protobuf has it,", () => {
  test("the tables may follow the records, in pieces", () => {
    const second = wire.record(
      wire.partitionKeyIndex(1),
      wire.explicitHashKeyIndex(0),
      wire.data("2"),
    );
    expectUsers(
      wire.sealed(good, second, key, good, wire.explicitHashKey("7"), wire.partitionKey("late")),
      goodUser,
      { partitionKey: "late", explicitHashKey: "7", data: Buffer.from("2") },
      goodUser,
    );
  });

  test("an empty key is a key, in either table and wherever the table stands", () => {
    const pointing = (keyAt: number) =>
      wire.record(wire.partitionKeyIndex(keyAt), wire.explicitHashKeyIndex(0), wire.data("good"));
    const empty = { partitionKey: "", explicitHashKey: "", data: goodUser.data };
    const hashKeys = wire.explicitHashKey("");
    const keys = wire.partitionKey("");
    expectUsers(wire.sealed(keys, hashKeys, pointing(0)), empty);
    expectUsers(wire.sealed(hashKeys, pointing(0), keys), empty);
    expectUsers(wire.sealed(key, hashKeys, keys, pointing(1), good), empty, goodUser);
  });

  test("an index past tables that follow the records is still past them", () => {
    expect(
      deaggregate(wire.sealed(good, wire.record(wire.partitionKeyIndex(1), wire.data("")), key)),
    ).toBeUndefined();
  });

  test("the last of a repeated single field counts", () => {
    expectUsers(
      wire.sealed(
        key,
        wire.record(wire.partitionKeyIndex(5), wire.data("bad"), wire.data("good"), index),
      ),
      goodUser,
    );
  });

  test("a varint may be longer than it needs, up to ten bytes", () => {
    const longIndex = Buffer.concat([wire.key(1, 0), wire.varint(0, 10)]);
    const longData = Buffer.concat([wire.key(3, 2), wire.varint(4, 10), Buffer.from("good")]);
    expectUsers(wire.sealed(key, wire.record(longIndex, longData)), goodUser);
    const tooLong = Buffer.concat([wire.key(1, 0), wire.varint(0, 11)]);
    expect(deaggregate(wire.sealed(key, wire.record(tooLong, longData)))).toBeUndefined();
  });

  test("a varint of eleven bytes is malformed also where nothing depends on it", () => {
    const long = wire.varint(0, 11);
    const superseded = Buffer.concat([wire.key(1, 0), long]);
    const tooLong = wire.record(superseded, index, wire.data("good"));
    expect(deaggregate(wire.sealed(key, tooLong))).toBeUndefined();
    // Its last byte would be a field's key, if its length were taken for -1.
    long[10] = 0x28;
    for (const field of [1, 7]) {
      const late = Buffer.concat([wire.key(field, 2), long, wire.varint(1)]);
      expect(deaggregate(wire.sealed(key, good, late))).toBeUndefined();
      // With a first key that ends where 64 bits would, behind the second byte of the magic.
      expect(deaggregate(wire.sealed(wire.partitionKey("KLM 641"), good, late))).toBeUndefined();
    }
  });

  test("tags are ignored", () => {
    const tag = wire.bytesField(
      4,
      Buffer.concat([wire.bytesField(1, "name"), wire.bytesField(2, "value")]),
    );
    expectUsers(wire.sealed(key, wire.record(index, tag, wire.data("good"), tag)), goodUser);
  });

  const group = (field: number, ...content: Uint8Array[]) =>
    Buffer.concat([wire.key(field, 3), ...content, wire.key(field, 4)]);
  const unknown: [string, Uint8Array][] = [
    ["a varint", wire.varintField(5, 2n ** 64n - 1n)],
    ["a varint of 0", wire.varintField(5, 0)],
    ["no bytes", wire.bytesField(7, "")],
    ["the lowest field number of two bytes", wire.varintField(16, 1)],
    ["64 bits", Buffer.concat([wire.key(6, 1), Buffer.alloc(8, 0xff)])],
    ["bytes", wire.bytesField(7, "payload")],
    ["32 bits", Buffer.concat([wire.key(8, 5), Buffer.alloc(4, 0xff)])],
    ["a group", group(9, key, good, group(10, wire.varintField(1, 1)), group(9))],
    ["an empty group", group(3)],
    ["the highest field number", wire.varintField(2 ** 29 - 1, 1)],
    ["a known number of another wire type", wire.varintField(3, 3)],
    ["a hundred groups in one another", nested(100)],
  ];
  test.each(unknown)("an unknown field is skipped: %s", (_, field) => {
    expectUsers(wire.sealed(field, key, field, good, field), goodUser);
    if (field[0] !== 0x18) {
      expectUsers(
        wire.sealed(key, wire.record(field, index, field, wire.data("good"), field)),
        goodUser,
      );
    }
  });

  function nested(depth: number) {
    return Buffer.concat([
      ...Array.from({ length: depth }, () => wire.key(9, 3)),
      ...Array.from({ length: depth }, () => wire.key(9, 4)),
    ]);
  }

  test.each<[string, Uint8Array]>([
    ["field number 0", Buffer.from([0x00, 0x00])],
    ["field number 0, of bytes", Buffer.from([0x02, 0x00])],
    ["a field number above 2^29 - 1", Buffer.concat([wire.key(2 ** 29, 0), wire.varint(0)])],
    [
      "a field number in more bytes than it needs",
      Buffer.concat([wire.varint(0x28, 2), wire.varint(0)]),
    ],
    ["wire type 6", wire.key(5, 6)],
    ["wire type 7", wire.key(5, 7)],
    ["an end of group without its start", wire.key(9, 4)],
    ["a group that does not end", wire.key(9, 3)],
    ["a group that another's end closes", Buffer.concat([wire.key(9, 3), wire.key(10, 4)])],
    [
      "a malformed field in a group",
      Buffer.concat([wire.key(9, 3), wire.key(5, 6), wire.key(9, 4)]),
    ],
    ["a varint without an end", Buffer.concat([wire.key(5, 0), Buffer.from([0x80])])],
    ["a varint of eleven bytes", Buffer.concat([wire.key(5, 0), wire.varint(1, 11)])],
    ["a key without a value", wire.key(5, 0)],
    ["a key in part", Buffer.from([0xff])],
    ["bytes without a length", wire.key(7, 2)],
    ["bytes cut short", Buffer.concat([wire.key(7, 2), wire.varint(5), Buffer.from("four")])],
    ["64 bits cut short", Buffer.concat([wire.key(6, 1), Buffer.alloc(7)])],
    ["32 bits cut short", Buffer.concat([wire.key(8, 5), Buffer.alloc(3)])],
    ["a hundred and one groups in one another", nested(101)],
    ["a million groups in one another", nested(1_000_000)],
  ])("a message does not parse with %s", (_, field) => {
    expect(deaggregate(wire.sealed(key, good, field))).toBeUndefined();
    expect(
      deaggregate(wire.sealed(key, good, wire.record(index, wire.data("x"), field))),
    ).toBeUndefined();
  });

  test("the order of all fields is free, but for that within each table and among the records", () => {
    fc.assert(
      fc.property(
        wire.userRecords,
        fc.array(fc.constantFrom(...unknown.slice(0, 10).map(([, field]) => field))),
        fc.infiniteStream(fc.nat()),
        (users, extras, chance) => {
          /** The queues made one, in an order by chance, each in its own order. */
          const merged = (queues: readonly Uint8Array[][]) => {
            const all: Uint8Array[] = [];
            for (
              let left = queues;
              left.length > 0;
              left = left.filter(({ length }) => length > 0)
            ) {
              all.push(...left[chance.next().value! % left.length]!.splice(0, 1));
            }
            return all;
          };
          const partitionKeys = [...new Set(users.map((user) => user.partitionKey))];
          const hashKeys = [...new Set(users.flatMap((user) => user.explicitHashKey ?? []))];
          const records = users.map((user) => {
            const fields = [
              wire.partitionKeyIndex(partitionKeys.indexOf(user.partitionKey)),
              wire.data(user.data),
            ];
            if (user.explicitHashKey)
              fields.push(wire.explicitHashKeyIndex(hashKeys.indexOf(user.explicitHashKey)));
            return wire.record(...merged(fields.map((field) => [field])));
          });
          const message = merged([
            partitionKeys.map(wire.partitionKey),
            hashKeys.map(wire.explicitHashKey),
            records,
            extras,
          ]);
          expectUsers(wire.sealed(...message), ...users);
        },
      ),
    );
  });
});
