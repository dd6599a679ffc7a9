import { expect, it } from "vitest";
import { loadOf } from "../../../packages/local/src/plan/index.ts";

const second = 1000;

it("a recording shows rate, peak, bytes and keys", () => {
  const quiet = Array.from({ length: 10 }, (_, index) => ({
    partitionKey: `k${index}`,
    size: 98,
    arrival: index * second,
  }));
  const busy = Array.from({ length: 10 }, () => ({ partitionKey: "k0", size: 98, arrival: 9500 }));
  expect(loadOf([...quiet, ...busy])).toEqual({
    recordsPerSecond: 20 / 9.5,
    peakRecordsPerSecond: 11,
    bytes: 100,
    keys: 10,
    hottestShare: 11 / 20,
    perAggregate: 1,
  });
});

it("records of one moment have no rate", () => {
  const record = { partitionKey: "a", size: 1, arrival: 5 };
  expect(() => loadOf([record, record])).toThrow(RangeError);
  expect(() => loadOf([])).toThrow("record for longer");
});
