import fc from "fast-check";
import { expect, test } from "vitest";
import type { Kinesis, Shard } from "../../../packages/local/src/kinesis/index.ts";
import { hour, put, read, refusal, shardId, simulated, stream, text } from "./simulated.ts";

const account = "in stream orders under account 123456789012";
const top = (1n << 128n) - 1n;

const split = (kinesis: Kinesis, index: number, newStartingHashKey: bigint) =>
  kinesis.splitShard({
    stream,
    shardToSplit: shardId(index),
    newStartingHashKey: String(newStartingHashKey),
  });

const merge = (kinesis: Kinesis, index: number, adjacent: number) =>
  kinesis.mergeShards({
    stream,
    shardToMerge: shardId(index),
    adjacentShardToMerge: shardId(adjacent),
  });

const range = ({ hashKeyRange: { startingHashKey, endingHashKey } }: Shard) => ({
  start: BigInt(startingHashKey),
  end: BigInt(endingHashKey),
});

const open = (kinesis: Kinesis) =>
  kinesis
    .listShards({ stream, filter: { type: "AT_LATEST" } })
    .toSorted((a, b) => (range(a).start < range(b).start ? -1 : 1));

function expectTiling(shards: readonly Shard[]) {
  const ranges = shards.map(range);
  expect(ranges[0]!.start).toBe(0n);
  for (const [i, { end }] of ranges.entries())
    expect(ranges[i + 1]?.start ?? top + 1n).toBe(end + 1n);
}

test("a split closes the shard and gives its range to two children", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  split(kinesis, 0, 1000n);
  const [parent, lower, upper] = kinesis.listShards({ stream });
  expect(parent!.sequenceNumberRange.endingSequenceNumber).toBeDefined();
  expect(lower).toMatchObject({
    shardId: shardId(1),
    parentShardId: shardId(0),
    hashKeyRange: { startingHashKey: "0", endingHashKey: "999" },
  });
  expect(upper).toMatchObject({
    shardId: shardId(2),
    parentShardId: shardId(0),
    hashKeyRange: { startingHashKey: "1000", endingHashKey: String(top) },
  });
  expect(lower).not.toHaveProperty("adjacentParentShardId");
  expect(lower!.sequenceNumberRange).not.toHaveProperty("endingSequenceNumber");
});

test("a merge closes two shards and gives their ranges to one child with two parents", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 2 });
  put(kinesis, "a");
  merge(kinesis, 0, 1);
  expect(kinesis.listShards({ stream })[2]).toMatchObject({
    shardId: shardId(2),
    parentShardId: shardId(0),
    adjacentParentShardId: shardId(1),
    hashKeyRange: { startingHashKey: "0", endingHashKey: String(top) },
  });
  expect(read(kinesis, shardId(0)).childShards).toEqual([
    {
      shardId: shardId(2),
      parentShards: [shardId(0), shardId(1)],
      hashKeyRange: { startingHashKey: "0", endingHashKey: String(top) },
    },
  ]);
  expect(put(kinesis, "a").shardId).toBe(shardId(2));
});

test.each([0n, 1n, top, top + 1n])("a split at %d leaves too little on one side", (at) => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  expect(refusal(() => split(kinesis, 0, at))).toEqual({
    code: "InvalidArgumentException",
    message: `NewStartingHashKey ${at} used in SplitShard() on shard ${shardId(0)} ${account} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${top}.`,
  });
});

test("shards that are not neighbours, or in the wrong order, are not merged", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 3 });
  for (const [a, b] of [
    [0, 2],
    [1, 0],
    [1, 1],
  ] as const) {
    expect(refusal(() => merge(kinesis, a, b))).toEqual({
      code: "InvalidArgumentException",
      message: `Shards ${shardId(a)} and ${shardId(b)} ${account} are not an adjacent pair of shards eligible for merging`,
    });
  }
});

test("a closed shard is neither split nor merged again", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 2 });
  split(kinesis, 0, 1000n);
  const refused = {
    code: "InvalidArgumentException",
    message: `Shard ${shardId(0)} ${account} has already been merged or split, and thus is not eligible for merging or splitting.`,
  };
  expect(refusal(() => split(kinesis, 0, 1000n))).toEqual(refused);
  expect(refusal(() => merge(kinesis, 0, 1))).toEqual(refused);
});

test("an unknown shard is neither split nor merged", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  expect(refusal(() => split(kinesis, 9, 1000n))).toEqual({
    code: "ResourceNotFoundException",
    message: `Could not find shard ${shardId(9)} ${account}.`,
  });
  expect(refusal(() => merge(kinesis, 0, 9)).code).toBe("ResourceNotFoundException");
});

test("an on-demand stream reshards itself only", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, mode: "ON_DEMAND" });
  for (const call of [
    () => split(kinesis, 0, 1000n),
    () => merge(kinesis, 0, 1),
    () => kinesis.updateShardCount({ stream, targetShardCount: 8 }),
  ]) {
    expect(refusal(call)).toEqual({
      code: "ValidationException",
      message: `Request is invalid. Stream ${stream} under account 123456789012 is in On-Demand mode.`,
    });
  }
});

test("doubling splits every shard in two equal halves", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 2 });
  kinesis.updateShardCount({ stream, targetShardCount: 4 });
  expect(kinesis.listShards({ stream }).map((shard) => shard.parentShardId)).toEqual([
    undefined,
    undefined,
    shardId(0),
    shardId(0),
    shardId(1),
    shardId(1),
  ]);
  const width = (1n << 128n) / 4n;
  for (const shard of open(kinesis)) expect(range(shard).end - range(shard).start + 1n).toBe(width);
});

test("halving merges every pair of neighbours", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 4 });
  kinesis.updateShardCount({ stream, targetShardCount: 2 });
  expect(kinesis.listShards({ stream }).slice(4)).toMatchObject([
    { parentShardId: shardId(0), adjacentParentShardId: shardId(1) },
    { parentShardId: shardId(2), adjacentParentShardId: shardId(3) },
  ]);
  expect(open(kinesis)).toHaveLength(2);
});

test("four shards are scaled to three as AWS was seen to do it: 6, 9 and 10 are open", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 4 });
  kinesis.updateShardCount({ stream, targetShardCount: 3 });
  const parents = kinesis
    .listShards({ stream })
    .slice(4)
    .map(({ parentShardId, adjacentParentShardId }) => [parentShardId, adjacentParentShardId]);
  const made = (first: number, second?: number) => [
    shardId(first),
    second === undefined ? undefined : shardId(second),
  ];
  expect(parents).toEqual([made(1), made(1), made(0, 4), made(2), made(2), made(5, 7), made(8, 3)]);
  expect(open(kinesis).map((shard) => shard.shardId)).toEqual([6, 9, 10].map(shardId));
});

test.each([0n, 1n])(
  "a sliver at the end of the space (less %s) goes into its last shard",
  (less) => {
    const { kinesis } = simulated();
    kinesis.createStream({ name: stream, shards: 2 });
    split(kinesis, 1, top - 1n - less);
    kinesis.updateShardCount({ stream, targetShardCount: 2 });
    expectTiling(open(kinesis));
    expect(open(kinesis)).toHaveLength(2);
  },
);

test("where the space does not divide evenly, doubling twice makes no slivers", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 3 });
  kinesis.updateShardCount({ stream, targetShardCount: 6 });
  kinesis.updateShardCount({ stream, targetShardCount: 12 });
  expect(kinesis.listShards({ stream })).toHaveLength(3 + 6 + 12);
});

test("shards are scaled to between half and double their number, at most ten times in 24 hours", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream, shards: 5 });
  const scale = (targetShardCount: number) => () =>
    kinesis.updateShardCount({ stream, targetShardCount });
  expect(refusal(scale(11))).toEqual({
    code: "LimitExceededException",
    message:
      "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 5, Target shard count: 11",
  });
  expect(refusal(scale(2))).toEqual({
    code: "LimitExceededException",
    message:
      "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: 5, Target shard count: 2",
  });
  for (let i = 0; i < 10; i++) scale(i % 2 === 0 ? 3 : 5)();
  expect(refusal(scale(3)).code).toBe("LimitExceededException");
  clock.time += 24 * hour;
  scale(3)();
  expect(kinesis.describeStream({ stream }).openShardCount).toBe(3);
});

type Change =
  | { kind: "split"; shard: number; at: bigint }
  | { kind: "merge"; shard: number }
  | { kind: "scale"; target: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant("split" as const),
    shard: fc.nat(20),
    at: fc.bigInt({ min: 2n, max: top - 1n }),
  }),
  fc.record({ kind: fc.constant("merge" as const), shard: fc.nat(20) }),
  fc.record({ kind: fc.constant("scale" as const), target: fc.nat(20) }),
);

/** Does the change to whichever open shards it fits. */
function apply(kinesis: Kinesis, change: Change): void {
  const shards = open(kinesis);
  const shard = shards[("shard" in change ? change.shard : 0) % shards.length]!;
  if (change.kind === "split") {
    const { start, end } = range(shard);
    if (end - start < 4n) return;
    const newStartingHashKey = String(start + 2n + (change.at % (end - start - 2n)));
    kinesis.splitShard({ stream, shardToSplit: shard.shardId, newStartingHashKey });
  } else if (change.kind === "merge") {
    const adjacent = shards[shards.indexOf(shard) + 1];
    if (!adjacent) return;
    kinesis.mergeShards({
      stream,
      shardToMerge: shard.shardId,
      adjacentShardToMerge: adjacent.shardId,
    });
  } else {
    const least = Math.ceil(shards.length / 2);
    const targetShardCount = least + (change.target % (shards.length * 2 - least + 1));
    kinesis.updateShardCount({ stream, targetShardCount });
    expect(open(kinesis)).toHaveLength(targetShardCount);
  }
}

test("after any splits, merges and scalings the open shards tile the hash space", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (changes, shards) => {
        const { kinesis, clock } = simulated();
        kinesis.createStream({ name: stream, shards });
        const moments = [];
        for (const change of changes) {
          apply(kinesis, change);
          clock.time += 10;
          moments.push(clock.time - 1);
          expectTiling(open(kinesis));
        }
        for (const timestamp of moments) {
          const then = kinesis.listShards({ stream, filter: { type: "AT_TIMESTAMP", timestamp } });
          expectTiling(then.toSorted((a, b) => (range(a).start < range(b).start ? -1 : 1)));
        }
      },
    ),
  );
});

test("uniform scaling makes shards of equal size, within the remainders of the division", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), fc.nat(100), (changes, wish) => {
      const { kinesis } = simulated();
      kinesis.createStream({ name: stream, shards: 3 });
      for (const change of changes) apply(kinesis, change);
      apply(kinesis, { kind: "scale", target: wish });
      const shards = open(kinesis);
      const ideal = (1n << 128n) / BigInt(shards.length);
      for (const shard of shards) {
        const { start, end } = range(shard);
        const difference = end - start + 1n - ideal;
        expect(difference < 1n << 66n && difference > -(1n << 66n)).toBe(true);
      }
    }),
  );
});

/** Reads every record by following shards from TRIM_HORIZON through the children that they name. */
function readThrough(kinesis: Kinesis, limit: number): string[] {
  const seen: string[] = [];
  const all = kinesis.listShards({ stream });
  const ids = new Set(all.map((shard) => shard.shardId));
  const todo = all.filter((shard) => !ids.has(shard.parentShardId ?? "")).map((s) => s.shardId);
  const done = new Set<string>();
  while (todo.length > 0) {
    const id = todo.shift()!;
    if (done.has(id)) continue;
    done.add(id);
    let shardIterator: string | undefined = kinesis.getShardIterator({
      stream,
      shardId: id,
      type: "TRIM_HORIZON",
    });
    let last = 0n;
    while (shardIterator) {
      const result = kinesis.getRecords({ shardIterator, limit });
      for (const { sequenceNumber, data } of result.records) {
        expect(BigInt(sequenceNumber) > last).toBe(true);
        last = BigInt(sequenceNumber);
        seen.push(text(data));
      }
      // A merged shard waits for both of its parents; the last one to be read through names it too.
      for (const child of result.childShards ?? []) {
        if (child.parentShards.every((parent) => done.has(parent))) todo.push(child.shardId);
      }
      if (result.records.length === 0 && result.nextShardIterator) break;
      shardIterator = result.nextShardIterator;
    }
  }
  return seen;
}

test("following shards through their children reads every record exactly once, each key in order", () => {
  const step = fc.oneof(
    change,
    fc.record({ kind: fc.constant("put" as const), count: fc.nat(30) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, limit) => {
        const { kinesis, clock } = simulated();
        kinesis.createStream({ name: stream, shards: 2 });
        const written: string[] = [];
        let scalings = 0;
        for (const step of steps) {
          clock.time += 100;
          if (step.kind !== "put") {
            if (step.kind === "scale" && ++scalings > 10) continue;
            apply(kinesis, step);
            continue;
          }
          for (let i = 0; i < step.count; i++) {
            const value = `${i % 7}:${written.length}`;
            put(kinesis, value, `key ${i % 7}`);
            written.push(value);
          }
        }
        const seen = readThrough(kinesis, limit);
        expect(seen.toSorted()).toEqual(written.toSorted());
        const ofKey = (key: number, all: string[]) =>
          all.filter((value) => value.startsWith(`${key}:`));
        for (let key = 0; key < 7; key++) expect(ofKey(key, seen)).toEqual(ofKey(key, written));
      },
    ),
  );
});
