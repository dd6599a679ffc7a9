// The KPL's aggregates many at a time. Their MD5 is most of what they cost, and takes less than half as long
// eight at a time.

import { draftOf, type KplAggregate, unsealed } from "./aggregate.ts";
import { framed, messageOf, userRecordsOf } from "./deaggregate.ts";
import { lanes, simdDigests } from "./md5-lanes.ts";
import type { KplUserRecord } from "./user-record.ts";

/** Takes all records of an event apart: for each what `deaggregate` returns for it. */
export type DeaggregateAll = (records: readonly Uint8Array[]) => (KplUserRecord[] | undefined)[];

/**
 * Takes the aggregates of an event apart with their MD5 digests computed eight at a time, in SIMD WebAssembly. The
 * results are those of `deaggregate`, one by one. For a `kinesisConsumer` that gets several aggregates an event;
 * one that does not import it has nothing of it in its bundle.
 *
 * The code is made at the call, in a few milliseconds: call it outside of the handler. Where a machine has no SIMD,
 * or fewer than four aggregates are left, Node's MD5 is used.
 *
 * @example
 * const deaggregateAll = simdDeaggregator();
 * const userRecords = deaggregateAll(event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64")));
 */
export function simdDeaggregator(): DeaggregateAll & { readonly takeApart: DeaggregateAll } {
  const digestsOf = simdDigests();
  const takeApart: DeaggregateAll = (records) => {
    const aggregates: Buffer[] = [];
    const places: number[] = [];
    for (let place = 0; place < records.length; place++) {
      const bytes = framed(records[place]!);
      if (!bytes) continue;
      aggregates.push(bytes);
      places.push(place);
    }
    const result: (KplUserRecord[] | undefined)[] = new Array(records.length).fill(undefined);
    digestsOf(aggregates.map(messageOf), (index, digest) => {
      const bytes = aggregates[index]!;
      const at = bytes.length - digest.byteLength;
      if (digest.every((word, place) => word === bytes.readInt32LE(at + place * 4))) {
        result[places[index]!] = userRecordsOf(bytes);
      }
    });
    return result;
  };
  return Object.assign(takeApart, { takeApart });
}

/** Packs each list of user records into one Kinesis record, as `aggregate` does. */
export type AggregateAll = (lists: readonly (readonly KplUserRecord[])[]) => KplAggregate[];

/**
 * Packs many lists of user records at once, with the MD5 digests of the aggregates computed eight at a time, in SIMD
 * WebAssembly. The results are those of `aggregate`, list by list: for a producer that has an aggregate for each of
 * its shards to send in one PutRecords.
 *
 * The code is made at the call, in a few milliseconds. Where a machine has no SIMD, or fewer than four lists are left,
 * Node's MD5 is used.
 *
 * @throws RangeError, from what it returns, as `aggregate` does.
 *
 * @example
 * const aggregateAll = simdAggregator();
 * const aggregates = aggregateAll([ofShard1, ofShard2, ofShard3, ofShard4]);
 */
export function simdAggregator(): AggregateAll {
  const digestsOf = simdDigests();
  return (lists) => {
    const aggregates: KplAggregate[] = [];
    for (let start = 0; start < lists.length; start += inCache) {
      const some = lists.slice(start, start + inCache).map((records) => unsealed(draftOf(records)));
      digestsOf(
        some.map(({ data }) => messageOf(data)),
        (index, digest) => {
          const { data } = some[index]!;
          const at = data.length - digest.byteLength;
          for (let word = 0; word < 4; word++) data.writeInt32LE(digest[word]!, at + word * 4);
        },
      );
      aggregates.push(...some);
    }
    return aggregates;
  };
}

/** Aggregates are hashed while the processor still has them in a cache. */
const inCache = 2 * lanes;
