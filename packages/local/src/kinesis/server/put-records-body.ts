/**
 * The body of PutRecords in JSON, read straight from its bytes: to make texts of 500 records with JSON.parse, and bytes
 * of their texts, takes three times as long. What is read here is what nearly every client writes: members that are known, each
 * once, in ASCII without escapes, with values that are in order. Any other body goes the way of all requests, which knows
 * what to say of it.
 */
import { hashKey, stream } from "../api/members.ts";

/** The request, as its shape has it. */
export interface PutRecordsBody {
  readonly StreamName?: string;
  readonly StreamARN?: string;
  readonly Records: readonly PutRecordsEntry[];
}

interface PutRecordsEntry {
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
  readonly Data: Uint8Array;
}

/** Undefined: it is not such a body. */
export function putRecordsBody(body: Buffer): PutRecordsBody | undefined {
  try {
    return new Reader(body).request();
  } catch (error) {
    if (error === otherwise) return undefined;
    throw error;
  }
}

/** Thrown where a body goes on in another way than is read here. */
const otherwise = new Error("This is read elsewhere.");

const mostRecords = 500;
const mostBytes = 10_485_760;
const longestKey = 256;
const aName = wholly(stream.StreamName.pattern);
const anArn = wholly(stream.StreamARN.pattern);
const aHashKey = wholly(hashKey.pattern);

function wholly(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  /** The data of all records, one behind the other. */
  readonly #data: Buffer;
  #dataEnd = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#data = Buffer.allocUnsafeSlow(Math.ceil((bytes.length * 3) / 4));
  }

  request(): PutRecordsBody {
    let StreamName: string | undefined;
    let StreamARN: string | undefined;
    let Records: PutRecordsEntry[] | undefined;
    this.#expect(openMap);
    do {
      if (Records === undefined && this.#member(names.Records)) Records = this.#records();
      else if (StreamName === undefined && this.#member(names.StreamName)) {
        StreamName = this.#text(stream.StreamName.max);
        if (!aName.test(StreamName)) throw otherwise;
      } else if (StreamARN === undefined && this.#member(names.StreamARN)) {
        StreamARN = this.#text(stream.StreamARN.max);
        if (!anArn.test(StreamARN)) throw otherwise;
      } else throw otherwise;
    } while (this.#goesOn(closeMap));
    if (this.#at < this.#bytes.length || Records === undefined) throw otherwise;
    return {
      ...(StreamName !== undefined && { StreamName }),
      ...(StreamARN !== undefined && { StreamARN }),
      Records,
    };
  }

  #records(): PutRecordsEntry[] {
    const records: PutRecordsEntry[] = [];
    this.#expect(openList);
    do {
      if (records.length === mostRecords) throw otherwise;
      records.push(this.#record());
    } while (this.#goesOn(closeList));
    return records;
  }

  #record(): PutRecordsEntry {
    let PartitionKey: string | undefined;
    let ExplicitHashKey: string | undefined;
    let Data: Uint8Array | undefined;
    this.#expect(openMap);
    do {
      if (Data === undefined && this.#member(names.Data)) Data = this.#blob();
      else if (PartitionKey === undefined && this.#member(names.PartitionKey)) {
        PartitionKey = this.#text(longestKey);
      } else if (ExplicitHashKey === undefined && this.#member(names.ExplicitHashKey)) {
        ExplicitHashKey = this.#text(longestKey);
        if (!aHashKey.test(ExplicitHashKey)) throw otherwise;
      } else throw otherwise;
    } while (this.#goesOn(closeMap));
    if (PartitionKey === undefined || Data === undefined) throw otherwise;
    return ExplicitHashKey === undefined
      ? { PartitionKey, Data }
      : { PartitionKey, ExplicitHashKey, Data };
  }

  #space(): void {
    while (this.#bytes[this.#at] === space) this.#at++;
  }

  #expect(byte: number): void {
    this.#space();
    if (this.#bytes[this.#at] !== byte) throw otherwise;
    this.#at++;
  }

  /** Whether a comma comes, and not the end. */
  #goesOn(end: number): boolean {
    this.#space();
    const byte = this.#bytes[this.#at++];
    if (byte === comma) return true;
    if (byte === end) return false;
    throw otherwise;
  }

  /** Whether a member of this name comes, which is `"name"` in bytes; then its value is next. */
  #member(name: Buffer): boolean {
    this.#space();
    const bytes = this.#bytes;
    const from = this.#at;
    for (let i = 0; i < name.length; i++) if (bytes[from + i] !== name[i]) return false;
    this.#at = from + name.length;
    this.#expect(colon);
    this.#space();
    return true;
  }

  /** A string of 1 to `longest` characters. */
  #text(longest: number): string {
    this.#expect(quote);
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    for (;;) {
      const byte = bytes[at];
      if (byte === quote) break;
      if (byte === undefined || byte < space || byte > lastOfAscii || byte === backslash) {
        throw otherwise;
      }
      at++;
    }
    if (at === from || at - from > longest) throw otherwise;
    this.#at = at + 1;
    return bytes.toString("latin1", from, at);
  }

  /** The bytes that a string has in base64. */
  #blob(): Uint8Array {
    this.#expect(quote);
    const [bytes, data] = [this.#bytes, this.#data];
    const from = this.#dataEnd;
    let [at, to] = [this.#at, from];
    for (const last = bytes.length - 4; at <= last; at += 4) {
      const three =
        first[bytes[at]!]! |
        second[bytes[at + 1]!]! |
        third[bytes[at + 2]!]! |
        fourth[bytes[at + 3]!]!;
      if (three < 0) break;
      data[to] = three >> 16;
      data[to + 1] = three >> 8;
      data[to + 2] = three;
      to += 3;
    }
    if (bytes[at] !== quote) {
      // A last group of four that says less than three bytes; what it leaves over is zero.
      if (bytes[at + 4] !== quote || bytes[at + 3] !== padding) throw otherwise;
      const isOne = bytes[at + 2] === padding;
      const rest =
        first[bytes[at]!]! | second[bytes[at + 1]!]! | (isOne ? 0 : third[bytes[at + 2]!]!);
      if (rest < 0 || (rest & (isOne ? 0xffff : 0xff)) !== 0) throw otherwise;
      data[to++] = rest >> 16;
      if (!isOne) data[to++] = rest >> 8;
      at += 4;
    }
    if (to - from > mostBytes) throw otherwise;
    this.#at = at + 1;
    this.#dataEnd = to;
    return data.subarray(from, to);
  }
}

const [space, quote, comma, colon, padding, backslash, openList, closeList, openMap, closeMap] = [
  ...Buffer.from(' ",:=\\[]{}'),
] as [number, number, number, number, number, number, number, number, number, number];
const lastOfAscii = 0x7f;

const named = (name: string) => Buffer.from(JSON.stringify(name));
const names = {
  Records: named("Records"),
  StreamName: named("StreamName"),
  StreamARN: named("StreamARN"),
  Data: named("Data"),
  PartitionKey: named("PartitionKey"),
  ExplicitHashKey: named("ExplicitHashKey"),
};

/** What a digit of base64 adds to three bytes, by its place among four. Below zero: it is none. */
const [first, second, third, fourth] = [18, 12, 6, 0].map((shift) => {
  const values = new Int32Array(256).fill(-1);
  const digits = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  for (const [value, digit] of digits.entries()) values[digit] = value << shift;
  return values;
}) as [Int32Array, Int32Array, Int32Array, Int32Array];
