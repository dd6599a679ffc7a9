import fc from "fast-check";
import { aggregate, deaggregate } from "shardmill/kpl";
import { expect, test } from "vitest";
import * as wire from "./wire.ts";

/** Whatever the bytes: no throw, and no view outside of them. */
function expectSafe(bytes: Uint8Array) {
  // In the middle of other memory, as a Buffer from the pool is.
  const memory = new Uint8Array(bytes.length + 200).fill(0x0a);
  memory.set(bytes, 100);
  const records = deaggregate(memory.subarray(100, 100 + bytes.length));
  if (records === undefined) return;
  expect(records.length).toBeGreaterThan(0);
  const isSafe = ({ partitionKey, explicitHashKey, data }: (typeof records)[number]) =>
    typeof partitionKey === "string" &&
    (explicitHashKey === undefined || typeof explicitHashKey === "string") &&
    data.buffer === memory.buffer &&
    data.byteOffset >= 100 + 4 &&
    data.byteOffset + data.length <= 100 + bytes.length - 16;
  expect(records.filter((record) => !isSafe(record))).toEqual([]);
}

const message = (users: Parameters<typeof aggregate>[0]) =>
  Buffer.from(aggregate(users).data).subarray(4, -16);

test("random bytes, with and without a right frame", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expectSafe(bytes);
      expectSafe(Buffer.concat([wire.magic, bytes]));
      expectSafe(wire.sealed(bytes));
    }),
    { numRuns: 2000 },
  );
});

test("fields of random kinds and lengths under a right digest", () => {
  const field = fc
    .tuple(
      fc.nat({ max: 6 }),
      fc.nat({ max: 7 }),
      fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 40n })),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([number, type, value, rest]) =>
      Buffer.concat([wire.key(number, type), wire.varint(value), rest]),
    );
  fc.assert(
    fc.property(fc.array(field), fc.array(field), (outer, inner) => {
      expectSafe(wire.sealed(...outer));
      expectSafe(wire.sealed(wire.partitionKey("key"), wire.record(...inner), ...outer));
    }),
    { numRuns: 2000 },
  );
});

test("random changes to a valid aggregate, its digest made right again", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(wire.userRecords, changes, (users, bytes) => {
      const changed = Buffer.from(message(users));
      for (const [at, byte] of bytes) changed[at % changed.length] = byte;
      expectSafe(wire.sealed(changed));
    }),
    { numRuns: 2000 },
  );
});

test("every truncation of a valid aggregate, its digest made right again, is safe; without that it is plain", () => {
  fc.assert(
    fc.property(wire.userRecords, (users) => {
      const whole = message(users);
      const aggregated = wire.sealed(whole);
      for (let length = 0; length < whole.length; length++)
        expectSafe(wire.sealed(whole.subarray(0, length)));
      for (let length = 0; length < aggregated.length; length++) {
        expect(deaggregate(aggregated.subarray(0, length))).toBeUndefined();
      }
    }),
    { numRuns: 5 },
  );
});

test("a hostile length takes no memory: no buffer could be as long as it says", () => {
  const lengths = [2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
  for (const length of lengths) {
    for (const field of [1, 2, 3, 4]) {
      const hostile = Buffer.concat([
        wire.key(field, 2),
        wire.varint(length),
        Buffer.from("few bytes"),
      ]);
      expect(deaggregate(wire.sealed(hostile))).toBeUndefined();
      expect(
        deaggregate(
          wire.sealed(wire.partitionKey("key"), wire.record(wire.partitionKeyIndex(0), hostile)),
        ),
      ).toBeUndefined();
    }
  }
});

test("a length may not reach out of its record, though the message goes on", () => {
  const reaching = Buffer.concat([
    wire.partitionKeyIndex(0),
    wire.key(3, 2),
    wire.varint(5),
    Buffer.from("four"),
  ]);
  const good = wire.record(wire.partitionKeyIndex(0), wire.data("good"));
  expect(
    deaggregate(wire.sealed(wire.partitionKey("key"), wire.record(reaching), good)),
  ).toBeUndefined();
});
