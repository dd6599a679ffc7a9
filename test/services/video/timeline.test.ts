/** A file as a stream that is being recorded: what is there when, and where a reading begins. */
import fc from "fast-check";
import { isBehind } from "shardmill/video";
import { describe, expect, it } from "vitest";
import { timeline } from "../../../packages/services/src/video/timeline.ts";

const startedAt = 1_767_225_600_000;
const lengths = fc.array(fc.integer({ min: 200, max: 10_000 }), { minLength: 1, maxLength: 8 });

function recordingOf(milliseconds: readonly number[]) {
  let end = 0;
  const fragments = milliseconds.map((length) => {
    const startMs = end;
    end += length;
    return { startMs, endMs: end, blocks: [] };
  });
  return { fragments, durationMs: end };
}

describe("what is there", () => {
  it("is every fragment that has been recorded to its end, numbered upwards", () => {
    fc.assert(
      fc.property(lengths, fc.boolean(), fc.nat(100_000), (milliseconds, loop, elapsed) => {
        const recording = recordingOf(milliseconds);
        const stream = timeline(recording, startedAt, loop);
        const now = startedAt + elapsed;
        const newest = stream.newest(now);
        for (let n = 0; n <= newest; n++) {
          const { serverMs, producerMs, fragmentNumber } = stream.at(n)!;
          expect(serverMs).toBeLessThanOrEqual(now);
          expect(fragmentNumber).toMatch(/^\d{47}$/);
          const before = n > 0 ? stream.at(n - 1)! : undefined;
          expect(producerMs).toBe(before?.serverMs ?? startedAt);
          if (before) expect(isBehind(fragmentNumber, before.fragmentNumber)).toBe(true);
        }
        expect(stream.at(newest + 1)?.serverMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
        expect(stream.at(milliseconds.length) !== undefined).toBe(loop);
      }),
    );
  });

  it("has greater numbers in a later recording", () => {
    const recording = recordingOf([1000]);
    const [earlier, later] = [0, 1].map((ms) => timeline(recording, startedAt + ms, true));
    expect(isBehind(later!.at(0)!.fragmentNumber, earlier!.at(999)!.fragmentNumber)).toBe(true);
  });
});

describe("a reading", () => {
  const stream = timeline(recordingOf([1000, 1000, 1000]), startedAt, true);
  const now = startedAt + 5500;
  const seconds = (ms: number) => (startedAt + ms) / 1000;
  const begins = (StartSelectorType: string, more: object = {}, at = now) =>
    stream.beginning({ StartSelectorType, ...more }, at);

  it("begins at the earliest, or at the newest that is there", () => {
    expect(begins("EARLIEST")).toBe(0);
    expect(begins("NOW")).toBe(4);
    expect(begins("NOW", {}, startedAt)).toBe(0);
  });

  it("begins behind a fragment or a token, if that is there", () => {
    for (const [type, member] of [
      ["FRAGMENT_NUMBER", "AfterFragmentNumber"],
      ["CONTINUATION_TOKEN", "ContinuationToken"],
    ] as const) {
      expect(begins(type, { [member]: stream.at(3)!.fragmentNumber })).toBe(4);
      expect(begins(type, { [member]: stream.at(4)!.fragmentNumber })).toBe(5);
      expect(begins(type, { [member]: stream.at(5)!.fragmentNumber })).toBe(undefined);
      expect(begins(type, { [member]: "12" })).toBe(undefined);
    }
  });

  it("begins at the fragment that has the time, or comes behind it", () => {
    const producer = (ms: number) => begins("PRODUCER_TIMESTAMP", { StartTimestamp: seconds(ms) });
    expect([-9e8, 0, 999, 1000, 4200].map(producer)).toEqual([0, 0, 0, 1, 4]);
    const server = (ms: number) => begins("SERVER_TIMESTAMP", { StartTimestamp: seconds(ms) });
    expect([-9e8, 0, 1000, 1001, 4200].map(server)).toEqual([0, 0, 0, 1, 4]);
    // Milliseconds for seconds, as happens: far in the future, and found at once.
    expect(begins("SERVER_TIMESTAMP", { StartTimestamp: startedAt })).toBeGreaterThan(1e9);
  });
});
