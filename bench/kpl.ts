/** KPL aggregates, beside AWS's own package: from the event's base64 to the bytes of each user record, and back. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createRequire } from "node:module";
import {
  aggregate,
  type DeaggregateAll,
  deaggregate,
  type KplUserRecord,
  simdAggregator,
  simdDeaggregator,
} from "../src/kpl.ts";
import { payloadDecoder } from "../src/record/payloads.ts";
import { compare, use } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const kpl: RowSet = { name: "kpl", rows };

const shapes = [
  { count: 100, size: 200, decode: 2.6, encode: 2, share: {} },
  { count: 10, size: 2048, decode: 1.4, encode: 2.2, share: {} },
  { count: 1000, size: 50, decode: 4.3, encode: 2, share: { "base64 + MD5": 0.75 } },
] as const;

/** Payload bytes of one turn. */
const turnBytes = 2_000_000;

async function* rows(): AsyncGenerator<Row> {
  for (const { count, size, decode, encode, share } of shapes) {
    const shape = `${count.toLocaleString("en")} × ${size.toLocaleString("en")} B`;
    const turns = Math.ceil(turnBytes / (count * size));
    const users = usersOf(count, size);
    const decoders = decodersOf(users, turns);
    const beside = {
      peers: { "aws-kinesis-agg": decoders["aws-kinesis-agg"] },
      others: { "base64 + MD5": decoders["base64 + MD5"] },
      limit: "base64 + MD5",
      records: turns * count,
      rounds: 41,
      warmUps: 6,
    };
    yield await compare({
      name: `decode ${shape}, MD5 checked in SIMD lanes`,
      ours: decoders.shardmill,
      atLeast: decode,
      shareAtLeast: share,
      ...beside,
    });
    yield await compare({
      name: `decode ${shape}, MD5 checked one by one`,
      ours: decoders["shardmill, one by one"],
      ...beside,
    });
    const { data } = aggregate(users);
    const lists = Array.from({ length: turns }, () => users);
    checkEncoding(users, lists);
    const besideEncoding = {
      peers: { "aws-kinesis-agg": repeat(turns, () => use(encodePeer(users).length)) },
      others: { MD5: repeat(turns, () => use(hash("md5", data).charCodeAt(0))) },
      limit: "MD5",
      records: turns * count,
      rounds: 41,
      warmUps: 6,
    };
    yield await compare({
      name: `encode ${shape}, MD5 in SIMD lanes`,
      ours: async () => {
        for (const { data } of aggregateAll(lists)) use(data.length);
      },
      atLeast: encode,
      ...besideEncoding,
    });
    yield await compare({
      name: `encode ${shape}, one by one`,
      ours: repeat(turns, () => use(aggregate(users).data.length)),
      ...besideEncoding,
    });
  }
}

/** Turns of ours and the peer's with aggregates of this shape, and how many records a turn has. */
export function decodeTurns(count: number, size: number) {
  const turns = Math.max(3, Math.ceil(1_000_000 / (count * size)));
  return { records: turns * count, ...decodersOf(usersOf(count, size), turns) };
}

/** One event of so many aggregates, decoded in each way. */
function decodersOf(users: readonly KplUserRecord[], aggregates: number) {
  const payload = Buffer.from(aggregate(users).data).toString("base64");
  const event = Array.from({ length: aggregates }, () => payload);
  checkDecoding(users, event);
  return {
    shardmill: async () => decodeOurs(event, sideBySide),
    "shardmill, one by one": async () => decodeOurs(event, oneByOne),
    "aws-kinesis-agg": async () => decodePeer(event),
    "base64 + MD5": async () => decodeNothing(event),
  };
}

const sideBySide = simdDeaggregator();
const aggregateAll = simdAggregator();
const oneByOne: DeaggregateAll = (records) => records.map(deaggregate);

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

/** As the consumer does it. */
function decodeOurs(event: readonly string[], deaggregator: DeaggregateAll): undefined {
  for (const records of deaggregator(payloadsOf(event))) {
    for (const { partitionKey, data } of records!) {
      use(partitionKey.length + data[0]! + data.length);
    }
  }
}

function payloadsOf(event: readonly string[]): Buffer[] {
  const decode = payloadDecoder(event.length, new Map());
  return event.map((payload) => decode(payload)!);
}

/** The package hands out base64 again, which its consumer has to decode. */
function decodePeer(event: readonly string[]): undefined {
  for (const payload of event) {
    for (const { partitionKey, data } of peerDeaggregate(payload)) {
      const bytes = Buffer.from(data, "base64");
      use(partitionKey.length + bytes[0]! + bytes.length);
    }
  }
}

/** What every decoder of an event has to do that has a digest of its own for each aggregate. */
function decodeNothing(event: readonly string[]): undefined {
  for (const payload of event) {
    const bytes = Buffer.from(payload, "base64");
    use(hash("md5", bytes.subarray(4, bytes.length - 16)).charCodeAt(0));
  }
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

function checkDecoding(users: readonly KplUserRecord[], event: readonly string[]): void {
  const plain = (records: readonly { partitionKey: string; data: Uint8Array | string }[]) =>
    records.map(({ partitionKey, data }) => [
      partitionKey,
      typeof data === "string" ? data : Buffer.from(data).toString("base64"),
    ]);
  const expected = plain(users);
  const payloads = event.map((payload) => Buffer.from(payload, "base64"));
  for (const decoded of [...sideBySide(payloads), ...oneByOne(payloads)]) {
    assert.deepEqual(plain(decoded!), expected);
  }
  assert.deepEqual(plain(peerDeaggregate(event[0]!)), expected);
}

/** The two write the same fields in the same order, but for the digest's own end nothing may differ. */
function checkEncoding(
  users: readonly KplUserRecord[],
  lists: readonly (readonly KplUserRecord[])[],
): void {
  const { data } = aggregate(users);
  assert.deepEqual(
    aggregateAll(lists).map(({ data }) => data),
    lists.map(() => data),
  );
  for (const bytes of [data, encodePeer(users)]) {
    assert.deepEqual(
      deaggregate(bytes)?.map(({ data }) => Buffer.from(data)),
      users.map(({ data }) => data),
    );
  }
}
