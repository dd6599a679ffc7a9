import {
  kinesisConsumer,
  type MetricsSink,
  memoryParking,
  memoryProgress,
  NonRetryableError,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "../consumer/world.ts";

/** A consumer whose records fail, or are parked, as their ids say. */
function consumer(metrics?: MetricsSink | false) {
  const its = world();
  const progress = memoryProgress();
  const handler = kinesisConsumer({
    consumer: "departures",
    decode,
    uniqueId: ({ id }) => id,
    progress,
    park: memoryParking(),
    ...(metrics === undefined ? {} : { metrics }),
    runtime: its.runtime,
    process({ id }) {
      if (id === "fails") throw new Error("no");
      if (id === "hopeless") throw new NonRetryableError("never");
    },
  });
  return { ...its, invoke: (event: unknown) => its.finish(handler(event)) };
}

const mixed = ["old", "a", "a@again", "fails@k", "behind@k", "hopeless", "b"];

/** An event with one of each kind, after one of its records was done. */
async function runMixed(metrics?: MetricsSink | false) {
  const its = consumer(metrics);
  const event = eventOf(mixed, { aggregate: 2 });
  await its.invoke(eventOf(["old"], { from: 100 }));
  await its.clock.advance(90_000);
  expect(await its.invoke(event)).toEqual(answerAt(event, 1));
  return its;
}

const counts = {
  Received: 4,
  UserRecords: 7,
  Processed: 2,
  Redelivered: 0,
  Duplicates: 2,
  Failed: 2,
  GivenBack: 1,
  Parked: 1,
  Unsaved: 0,
  Conflicts: 0,
};

describe("the metrics of a batch", () => {
  it("count each record under what became of it", async () => {
    const { metrics } = await runMixed();
    expect(metrics()[1]).toMatchObject(counts);
    const { UserRecords, Processed, Redelivered, Duplicates, Failed, GivenBack } = counts;
    // What was parked has failed first.
    expect(Processed + Redelivered + Duplicates + Failed + GivenBack).toBe(UserRecords);
  });

  it("say how old the last record is, and how far back the log is known", async () => {
    const { metrics } = await runMixed();
    expect(metrics()[1]).toMatchObject({ IteratorAge: 90_000 - 3, EffectiveWindow: 900 });
  });

  it("say less than the window where memory has no room for more", async () => {
    const { runtime, clock, finish, metrics } = world();
    const handler = kinesisConsumer({
      ...{ consumer: "c", decode, runtime, progress: memoryProgress(), maxMemoryBytes: 1 },
      uniqueId: ({ id }) => id,
      dedupeWindowInSeconds: 900,
      process() {},
    });
    for (let batch = 0; batch < 4; batch++) {
      const arrival = clock.now();
      await finish(handler(eventOf([`r${batch}`], { from: batch, arrival })));
      await clock.advance(100_000);
    }
    expect(metrics().map(({ EffectiveWindow }) => EffectiveWindow)).toEqual([900, 100, 100, 100]);
  });

  it("have no window where nothing is remembered", async () => {
    const { runtime, finish, metrics } = world();
    const handler = kinesisConsumer({ consumer: "c", decode, runtime, process() {} });
    await finish(handler(eventOf(["a"])));
    expect(metrics()[0]).toMatchObject({ Processed: 1, IteratorAge: 0 });
    expect(metrics()[0]).not.toHaveProperty("EffectiveWindow");
  });
});

describe("by default they are one line of CloudWatch's embedded metric format", () => {
  it("a batch, by consumer and stream", async () => {
    const { metrics } = await runMixed();
    expect(metrics()).toHaveLength(2);
    expect(metrics()[1]).toMatchObject({ Consumer: "departures", Stream: "orders" });
  });

  it("as the specification has it", async () => {
    const { metrics, clock } = await runMixed();
    const [, line] = metrics();
    const { _aws, ...members } = line!;
    expect(Object.keys(_aws)).toEqual(["Timestamp", "CloudWatchMetrics"]);
    expect(_aws.Timestamp).toBe(clock.now());
    expect(_aws.CloudWatchMetrics).toHaveLength(1);
    const [{ Namespace, Dimensions, Metrics, ...more }] = _aws.CloudWatchMetrics;
    expect(more).toEqual({});
    expect(Namespace).toMatch(/^[\w./#:-]{1,256}$/);
    expect(Dimensions).toEqual([["Consumer", "Stream"]]);
    // Up to 100 metrics with distinct names and known units, each a finite number at the root.
    expect(Metrics.length).toBeLessThanOrEqual(100);
    const names = Metrics.map(({ Name }: { Name: string }) => Name);
    expect(new Set(names).size).toBe(names.length);
    for (const { Name, Unit } of Metrics) {
      expect(Unit).toMatch(/^(Count|Milliseconds|Seconds)$/);
      expect(Number.isFinite(members[Name])).toBe(true);
    }
    // Dimensions are non-empty texts at the root; and nothing stands there that is neither.
    for (const dimension of ["Consumer", "Stream"]) expect(members[dimension]).toMatch(/./);
    expect(Object.keys(members).sort()).toEqual([...names, "Consumer", "Stream"].sort());
    expect(names).toEqual(expect.arrayContaining(Object.keys(counts)));
  });

  it("without the shard: its name would be a metric of its own", async () => {
    const { metrics } = await runMixed();
    expect(JSON.stringify(metrics())).not.toContain("shardId");
  });
});

describe("they may go elsewhere", () => {
  it("nowhere", async () => {
    const { metrics, logs } = await runMixed(false);
    expect(metrics()).toEqual([]);
    expect(logs().length).toBeGreaterThan(0);
  });

  it("to a sink, under the same names", async () => {
    const seen: Record<string, [string, number]> = {};
    const sink: MetricsSink = {
      addMetric(name, unit, value) {
        seen[name] = [unit, value];
      },
    };
    const { metrics } = await runMixed(sink);
    expect(metrics()).toEqual([]);
    for (const [name, value] of Object.entries(counts))
      expect(seen[name]).toEqual(["Count", value]);
    expect(seen.IteratorAge).toEqual(["Milliseconds", 89_997]);
    expect(seen.EffectiveWindow).toEqual(["Seconds", 900]);
  });

  it("to a sink that throws, which changes nothing", async () => {
    const { invoke, logs } = consumer({
      addMetric() {
        throw new Error("too many metrics");
      },
    });
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    expect(logs()).toMatchObject([{ level: "WARN", error: { message: "too many metrics" } }]);
  });
});
