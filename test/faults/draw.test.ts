import { expect, it } from "vitest";
import { drawScenario } from "./draw.ts";
import type { Scenario } from "./scenario.ts";

const days = Array.from({ length: 1500 }, (_, index) => drawScenario(index + 1));

/** All values that something takes on some day, as text. */
const seen = (read: (day: Scenario) => unknown) => {
  const values = days.flatMap((day) => read(day));
  return new Set(values.map((value) => JSON.stringify(value)));
};

it("every fault is drawn, and its absence", () => {
  for (const [name, rate] of Object.entries(days[0]!.rates)) {
    if (typeof rate !== "number") continue;
    const isDrawn = seen(({ rates }) => (rates[name as "kill"] as number) > 0);
    expect([name, [...isDrawn].sort()]).toEqual([name, ["false", "true"]]);
  }
  for (const name of Object.keys(days[0]!.rates.store)) {
    const isDrawn = seen(({ rates }) => Boolean(rates.store[name as "throttle"]));
    expect([name, isDrawn.has("true")]).toEqual([name, true]);
  }
});

it("everything that happens to a stream and its mapping is drawn", () => {
  const types = seen(({ steps }) => steps.map(({ type }) => type));
  const wanted = ["put", "split", "merge", "recreate", "update", "stop", "start", "outage"];
  const others = ["storeOutage", "release", "pass", "reset", "deploy", "redrive"];
  expect([...types].sort()).toEqual([...wanted, ...others].map((type) => `"${type}"`).sort());
  const changes = seen(({ steps }) =>
    steps.flatMap((step) => ("settings" in step ? Object.keys(step.settings) : [])),
  );
  for (const setting of [
    "batchSize",
    "maximumBatchingWindowInSeconds",
    "bisectBatchOnFunctionError",
    "parallelizationFactor",
    "functionResponseTypes",
  ]) {
    expect(changes).toContain(JSON.stringify(setting));
  }
});

it("every option is drawn in each of its ways", () => {
  const all = (read: (day: Scenario) => unknown) => [...seen(read)].sort().join(" ");
  expect(all(({ consumer }) => consumer.progress)).toBe('"dynamodb" "memory" "none"');
  expect(all(({ consumer }) => consumer.work)).toBe(
    '"commitWith" "onceStreamWide" "process" "processBatch"',
  );
  expect(all(({ consumer }) => consumer.order)).toBe('"none" "partitionKey" "shard"');
  expect(all(({ consumer }) => consumer.parallelizationFactor)).toBe("1 2 4");
  expect(all(({ consumer }) => consumer.onProgressUnavailable)).toBe('"continue" "stop"');
  expect(all(({ consumer }) => consumer.park?.afterPark ?? "")).toBe('"" "continue" "parkKey"');
  expect(all(({ consumer }) => consumer.park?.store ?? "")).toBe(
    '"" "dynamodb" "memory" "s3" "sqs"',
  );
  for (const option of ["lease", "smallFolds", "uniqueIds"] as const) {
    expect(all(({ consumer }) => consumer[option])).toBe("false true");
  }
  expect(all(({ fanOut }) => fanOut)).toBe("false true");
  expect(all(({ shards }) => shards)).toBe("1 2 3");
  expect(all(({ mapping }) => mapping.functionResponseTypes!.length)).toBe("0 1");
  expect(all(({ mapping }) => mapping.bisectBatchOnFunctionError)).toBe("false true");
  expect(all(({ mapping }) => mapping.maximumRetryAttempts)).toBe("-1 2 20");
  expect(all(({ mapping }) => mapping.maximumRecordAgeInSeconds)).toBe("-1 3600");
  const puts = (day: Scenario) => day.steps.filter((step) => step.type === "put");
  expect(all((day) => puts(day).map(({ packed }) => packed))).toBe("false true");
  const behaviours = (day: Scenario) =>
    puts(day).flatMap(({ records }) => records.map(({ behaviour = 0 }) => behaviour));
  expect(all(behaviours)).toBe('"final" "hangs" "killer" "poison" 0 1 2 4');
});
