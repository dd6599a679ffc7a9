import fc from "fast-check";
import { expect, test } from "vitest";
import {
  hour,
  put,
  read,
  refusal,
  shardId,
  simulated,
  start,
  stream,
  values,
} from "./simulated.ts";

const ids = (kinesis: ReturnType<typeof simulated>["kinesis"]) =>
  kinesis.listShards({ stream }).map((shard) => shard.shardId);

test("a record of 24 hours is there, an older one is not", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  put(kinesis, "old");
  clock.time += 1;
  put(kinesis, "new");
  clock.time = start + 24 * hour;
  expect(values(read(kinesis, shardId(0)))).toEqual(["old", "new"]);
  clock.time += 1;
  expect(values(read(kinesis, shardId(0)))).toEqual(["new"]);
});

test("an iterator that points to a record that is gone reads from the oldest that is left", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  put(kinesis, "old");
  clock.time += 1000;
  put(kinesis, "new");
  clock.time += 24 * hour - 1000;
  const shardIterator = kinesis.getShardIterator({
    stream,
    shardId: shardId(0),
    type: "TRIM_HORIZON",
  });
  clock.time += 1000;
  expect(values(kinesis.getRecords({ shardIterator }))).toEqual(["new"]);
});

test("shorter retention trims at once, longer retention brings nothing back", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream, retentionHours: 48 });
  put(kinesis, "old");
  clock.time += 30 * hour;
  put(kinesis, "new");
  expect(values(read(kinesis, shardId(0)))).toEqual(["old", "new"]);
  kinesis.setRetention({ stream, hours: 24 });
  kinesis.setRetention({ stream, hours: 8760 });
  expect(values(read(kinesis, shardId(0)))).toEqual(["new"]);
  clock.time += 8760 * hour;
  expect(values(read(kinesis, shardId(0)))).toEqual(["new"]);
});

test("longer retention brings nothing back that nobody has looked for since it expired", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  put(kinesis, "old");
  clock.time += 25 * hour;
  kinesis.setRetention({ stream, hours: 48 });
  expect(values(read(kinesis, shardId(0)))).toEqual([]);
});

test.each([
  [
    23,
    "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
  ],
  [
    8761,
    "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
  ],
])("a retention of %d hours is refused", (hours, message) => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const refused = { code: "InvalidArgumentException", message };
  expect(refusal(() => kinesis.setRetention({ stream, hours }))).toEqual(refused);
  expect(refusal(() => kinesis.createStream({ name: "b", retentionHours: hours }))).toEqual(
    refused,
  );
});

test("a closed shard is listed until its data has passed retention", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  put(kinesis, "a");
  clock.time += hour;
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  clock.time += 24 * hour;
  expect(ids(kinesis)).toEqual([0, 1, 2].map(shardId));
  expect(values(read(kinesis, shardId(0)))).toEqual([]);
  clock.time += 1;
  expect(ids(kinesis)).toEqual([1, 2].map(shardId));
  expect(refusal(() => read(kinesis, shardId(0)))).toEqual({
    code: "ResourceNotFoundException",
    message:
      "Shard shardId-000000000000 in stream orders under account 123456789012 does not exist",
  });
  expect(kinesis.listShards({ stream })[0]!.parentShardId).toBe(shardId(0));
});

test("the id of a shard that is gone is not used again", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  clock.time += 25 * hour;
  kinesis.mergeShards({ stream, shardToMerge: shardId(1), adjacentShardToMerge: shardId(2) });
  clock.time += 25 * hour;
  expect(ids(kinesis)).toEqual([shardId(3)]);
});

test("memory is given back when records expire", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  for (let i = 0; i < 10_000; i++) put(kinesis, `value ${i}`);
  expect(kinesis.describeStream({ stream }).heldBytes).toBeGreaterThan(10_000 * 16);
  clock.time += 25 * hour;
  expect(kinesis.describeStream({ stream }).heldBytes).toBe(0);
});

test("no expired record is ever seen, and no fresh one is ever missing", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.integer({ min: -2 * hour, max: 20 * hour }),
    }),
    fc.record({ kind: fc.constant("retain" as const), hours: fc.integer({ min: 24, max: 72 }) }),
    fc.record({ kind: fc.constant("read" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { kinesis, clock } = simulated();
      kinesis.createStream({ name: stream });
      let retention = 24;
      let horizon = 0;
      let model: { value: string; arrival: number }[] = [];
      let lastArrival = 0;
      let count = 0;
      const age = () => {
        horizon = Math.max(horizon, clock.time - retention * hour);
        model = model.filter(({ arrival }) => arrival >= horizon);
      };
      for (const step of [...steps, { kind: "read" as const }]) {
        if (step.kind === "wait") clock.time += step.ms;
        // Whatever the stream is asked, it ages first.
        else age();
        if (step.kind === "put") {
          for (let i = 0; i < step.count; i++) {
            lastArrival = Math.max(lastArrival, clock.time);
            model.push({ value: String(count), arrival: lastArrival });
            put(kinesis, String(count++));
          }
        }
        if (step.kind === "retain") {
          kinesis.setRetention({ stream, hours: step.hours });
          retention = step.hours;
          age();
        }
        if (step.kind === "read") {
          expect(values(read(kinesis, shardId(0)))).toEqual(model.map(({ value }) => value));
        }
      }
    }),
  );
});
