import { expect, test } from "vitest";
import { createKinesis, type StreamMode } from "../../../packages/local/src/kinesis/index.ts";
import { bytes, handClock, stream } from "./simulated.ts";

/** Puts so many records a second, spread over the hash space, for so many seconds. */
function loaded(mode: StreamMode, recordsPerSecond: number, seconds: number, limits = true) {
  const clock = handClock();
  const kinesis = createKinesis({ clock, limits });
  kinesis.createStream({ name: stream, mode, shards: 2 });
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < recordsPerSecond; i++) {
      const explicitHashKey = String((BigInt(i) << 128n) / BigInt(recordsPerSecond));
      kinesis.putRecord({ stream, partitionKey: "a", data: bytes(""), explicitHashKey });
    }
    clock.time += 1000;
  }
  return kinesis.describeStream({ stream }).openShardCount;
}

test("an on-demand stream doubles its shards after a minute above 80 % of what they take", () => {
  expect(loaded("ON_DEMAND", 1700, 60)).toBe(2);
  expect(loaded("ON_DEMAND", 1700, 61)).toBe(4);
});

test("below that it stays as it is, and so does a provisioned stream, and one without limits", () => {
  expect(loaded("ON_DEMAND", 1500, 61)).toBe(2);
  expect(loaded("PROVISIONED", 1700, 61)).toBe(2);
  expect(loaded("ON_DEMAND", 1700, 61, false)).toBe(2);
});
