// Protobuf by hand, for messages that no encoder would write.

import { createHash } from "node:crypto";
import fc from "fast-check";
import type { KplUserRecord } from "shardmill/kpl";
import { anyCharacter } from "../any-character.ts";

export type Bytes = Buffer<ArrayBuffer>;

export const magic: Bytes = Buffer.from("f3899ac2", "hex");

export function md5(bytes: string | Uint8Array): Bytes {
  return createHash("md5").update(bytes).digest();
}

/** An aggregate around a message, with the right digest. */
export function sealed(...message: readonly Uint8Array[]): Bytes {
  const bytes = Buffer.concat(message);
  return Buffer.concat([magic, bytes, md5(bytes)]);
}

/** A varint, in `width` bytes or as few as it needs. */
export function varint(value: number | bigint, width = 1): Bytes {
  const bytes: number[] = [];
  for (let rest = BigInt(value); rest > 0n || bytes.length < width; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | 128);
  }
  bytes.push(bytes.pop()! & 127);
  return Buffer.from(bytes);
}

export function key(field: number | bigint, wireType: number): Bytes {
  return varint((BigInt(field) << 3n) | BigInt(wireType));
}

export function varintField(field: number, value: number | bigint): Bytes {
  return Buffer.concat([key(field, 0), varint(value)]);
}

export function bytesField(field: number, payload: string | Uint8Array): Bytes {
  const bytes = Buffer.from(payload);
  return Buffer.concat([key(field, 2), varint(bytes.length), bytes]);
}

export const partitionKey = (text: string | Uint8Array) => bytesField(1, text);
export const explicitHashKey = (text: string) => bytesField(2, text);
/** A Record of the given fields. */
export const record = (...fields: readonly Uint8Array[]) => bytesField(3, Buffer.concat(fields));
export const partitionKeyIndex = (index: number | bigint) => varintField(1, index);
export const explicitHashKeyIndex = (index: number | bigint) => varintField(2, index);
export const data = (bytes: string | Uint8Array) => bytesField(3, bytes);

/** User records as a producer may have them; keys repeat, and hold all of Unicode. */
export const userRecords: fc.Arbitrary<KplUserRecord[]> = fc
  .tuple(
    fc.array(fc.string({ unit: anyCharacter, minLength: 1 }), { minLength: 1, maxLength: 8 }),
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { minLength: 1, maxLength: 4 }),
  )
  .chain(([partitionKeys, hashKeys]) =>
    fc.array(
      fc
        .record(
          {
            partitionKey: fc.constantFrom(...partitionKeys),
            explicitHashKey: fc.constantFrom(...hashKeys).map(String),
            data: fc.uint8Array({ maxLength: 300 }),
          },
          { requiredKeys: ["partitionKey", "data"] },
        )
        .map((drawn) => ({ ...drawn })),
      { minLength: 1, maxLength: 40 },
    ),
  );

/** User records without their bytes' types: a Buffer equals a Uint8Array. */
export function plain(records: readonly KplUserRecord[] | undefined) {
  return records?.map((user) => ({ ...user, data: Buffer.from(user.data).toString("hex") }));
}
