/** KPL aggregates, beside AWS's own package: from the event's base64 to the bytes of each user record, and back. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createRequire } from "node:module";
import { aggregate, deaggregate, type KplUserRecord } from "../src/kpl/index.ts";
import { compare, use } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const kpl: RowSet = { name: "kpl", rows };

const shapes = [
  { count: 100, size: 200, decode: 2.6, encode: 2 },
  { count: 10, size: 2048, decode: 1.4, encode: 2 },
  { count: 1000, size: 50, decode: 4.3, encode: 2 },
] as const;

/** Payload bytes of one turn. */
const turnBytes = 2_000_000;

async function* rows(): AsyncGenerator<Row> {
  for (const { count, size, decode, encode } of shapes) {
    const shape = `${count.toLocaleString("en")} × ${size.toLocaleString("en")} B`;
    const turns = Math.ceil(turnBytes / (count * size));
    const users = usersOf(count, size);
    const { data } = aggregate(users);
    const event = Buffer.from(data).toString("base64");
    checkDecoding(users, event);
    yield await compare({
      name: `decode ${shape}, MD5 checked`,
      records: turns * count,
      ours: repeat(turns, () => decodeOurs(event)),
      peers: { "aws-kinesis-agg": repeat(turns, () => decodePeer(event)) },
      others: { "base64 + MD5": repeat(turns, () => decodeNothing(event)) },
      limit: "base64 + MD5",
      atLeast: decode,
      rounds: 41,
      warmUps: 6,
    });
    checkEncoding(users);
    yield await compare({
      name: `encode ${shape}`,
      records: turns * count,
      ours: repeat(turns, () => use(aggregate(users).data.length)),
      peers: { "aws-kinesis-agg": repeat(turns, () => use(encodePeer(users).length)) },
      others: { MD5: repeat(turns, () => use(hash("md5", data).charCodeAt(0))) },
      limit: "MD5",
      atLeast: encode,
      rounds: 41,
      warmUps: 6,
    });
  }
}

/** Turns of ours and the peer's with one aggregate, and how many records a turn has. */
export function decodeTurns(count: number, size: number) {
  const turns = Math.max(3, Math.ceil(1_000_000 / (count * size)));
  const users = usersOf(count, size);
  const event = Buffer.from(aggregate(users).data).toString("base64");
  checkDecoding(users, event);
  return {
    records: turns * count,
    shardmill: repeat(turns, () => decodeOurs(event)),
    "aws-kinesis-agg": repeat(turns, () => decodePeer(event)),
    "base64 + MD5": repeat(turns, () => decodeNothing(event)),
  };
}

/** Records of ten keys, their bytes all different. */
function usersOf(count: number, size: number): KplUserRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partitionKey: `sensor-${index % 10}`,
    data: Buffer.from(Array.from({ length: size }, (_, at) => (index * 31 + at * 7) & 255)),
  }));
}

const repeat = (turns: number, work: () => void) => async (): Promise<undefined> => {
  for (let turn = 0; turn < turns; turn++) work();
};

function decodeOurs(base64: string): void {
  for (const { partitionKey, data } of deaggregate(Buffer.from(base64, "base64"))!) {
    use(partitionKey.length + data[0]! + data.length);
  }
}

/** The package hands out base64 again, which its consumer has to decode. */
function decodePeer(base64: string): void {
  for (const { partitionKey, data } of peerDeaggregate(base64)) {
    const bytes = Buffer.from(data, "base64");
    use(partitionKey.length + bytes[0]! + bytes.length);
  }
}

/** What every decoder of an event has to do. */
function decodeNothing(base64: string): void {
  const bytes = Buffer.from(base64, "base64");
  use(hash("md5", bytes.subarray(4, bytes.length - 16)).charCodeAt(0));
}

interface PeerRecord {
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
}

/** What is used of it. Its own types need the AWS SDK version 2. */
interface Peer {
  deaggregateSync(
    record: { data: string; sequenceNumber: string; partitionKey: string },
    computeChecksums: boolean,
    done: (error: Error | null | undefined, records?: PeerRecord[]) => void,
  ): void;
  readonly RecordAggregator: new () => {
    addUserRecord(record: KplUserRecord): void;
    build(): { readonly data: Buffer };
  };
}

const peer: Peer = createRequire(import.meta.url)("aws-kinesis-agg");

function peerDeaggregate(data: string): PeerRecord[] {
  let found: PeerRecord[] = [];
  peer.deaggregateSync({ data, sequenceNumber: "1", partitionKey: "a" }, true, (error, records) => {
    if (error) throw error;
    if (records) found = records;
  });
  return found;
}

function encodePeer(users: readonly KplUserRecord[]): Buffer {
  const aggregator = new peer.RecordAggregator();
  for (const user of users) aggregator.addUserRecord(user);
  return aggregator.build().data;
}

function checkDecoding(users: readonly KplUserRecord[], event: string): void {
  const plain = (records: readonly { partitionKey: string; data: Uint8Array | string }[]) =>
    records.map(({ partitionKey, data }) => [
      partitionKey,
      typeof data === "string" ? data : Buffer.from(data).toString("base64"),
    ]);
  const expected = plain(users);
  assert.deepEqual(plain(deaggregate(Buffer.from(event, "base64"))!), expected);
  assert.deepEqual(plain(peerDeaggregate(event)), expected);
}

/** The two write the same fields in the same order, but for the digest's own end nothing may differ. */
function checkEncoding(users: readonly KplUserRecord[]): void {
  for (const bytes of [aggregate(users).data, encodePeer(users)]) {
    assert.deepEqual(
      deaggregate(bytes)?.map(({ data }) => Buffer.from(data)),
      users.map(({ data }) => data),
    );
  }
}
