import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planCommand } from "../../packages/cli/src/plan/command.ts";
import { aggregate } from "../../src/kpl.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardmill-plan-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]) {
  let out = "";
  let err = "";
  const status = await planCommand(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { status, out, err };
}

const json = async (...args: string[]) => {
  const { status, out } = await run(...args, "--json");
  return { status, plan: JSON.parse(out) };
};

describe("from numbers", () => {
  it("prints shards, settings, queue and cost", async () => {
    const { status, out } = await run("--rate", "5000", "--bytes", "2048", "--handler-ms", "5");
    expect(status).toBe(0);
    expect(out).toMatch(/shards +10, because of bytes in/);
    expect(out).toMatch(/ParallelizationFactor +1\n/);
    expect(out).toMatch(/iterator age, mean, p99, most +0\./);
    expect(out).toContain("https://aws.amazon.com/kinesis/data-streams/pricing/");
  });

  it("plans for the peak, and charges for the average", async () => {
    const { plan } = await json("--rate", "100", "--peak", "3000", "--bytes", "10");
    const even = await json("--rate", "100", "--bytes", "10");
    expect(plan.shards).toBe(3);
    expect(plan.cost.kinesis.onDemand).toBe(even.plan.cost.kinesis.onDemand);
  });

  it("takes a million records a second", async () => {
    const { status, plan } = await json("--rate", "1e6", "--bytes", "500", "--keys", "1000000");
    expect(status).toBe(0);
    expect(plan.shards).toBe(1000);
  });

  it("ends with 1 and says why where nothing keeps up", async () => {
    const { status, out } = await run("--rate", "100", "--keys", "1", "--handler-ms", "20");
    expect(status).toBe(1);
    expect(out).toContain("It does not work");
    expect(out).toContain("follow each other");
  });
});

describe("from a recording", () => {
  const line = (index: number, more: object = {}) =>
    JSON.stringify({
      shardId: "shardId-000000000000",
      sequenceNumber: String(index),
      approximateArrivalTimestamp: new Date(Date.UTC(2026, 0, 1) + index * 10).toISOString(),
      partitionKey: `key-${index % 7}`,
      data: "x".repeat(95),
      ...more,
    });
  const file = async (name: string, lines: readonly string[]) => {
    const path = join(folder, name);
    await writeFile(path, `${lines.join("\n")}\n`);
    return path;
  };

  it("finds rate, bytes and keys", async () => {
    const path = await file(
      "even.ndjson",
      Array.from({ length: 501 }, (_, index) => line(index)),
    );
    const { plan } = await json("--from", path);
    expect(plan.load).toMatchObject({ bytes: 100, keys: 7, perAggregate: 1 });
    expect(plan.load.recordsPerSecond).toBeCloseTo(100.2, 5);
  });

  it("takes aggregates apart", async () => {
    const inner = Array.from({ length: 20 }, (_, index) => ({
      partitionKey: `user-${index}`,
      data: Buffer.from("payload"),
    }));
    const dataBase64 = Buffer.from(aggregate(inner).data).toString("base64");
    const aggregated = [0, 100].map((index) => line(index, { data: undefined, dataBase64 }));
    const { plan } = await json("--from", await file("aggregated.ndjson", aggregated));
    expect(plan.load).toMatchObject({ keys: 20, perAggregate: 20, recordsPerSecond: 40 });
  });

  it("lets options go before it", async () => {
    const path = await file("short.ndjson", [line(0), line(100)]);
    const { plan } = await json("--from", path, "--rate", "2500", "--keys", "500");
    expect(plan.load).toMatchObject({ recordsPerSecond: 2500, peakRecordsPerSecond: 2500 });
    expect(plan.load).toMatchObject({ keys: 500, hottestShare: 1 / 500, bytes: 100 });
  });

  it("says which line has no arrival time", async () => {
    const lines = [line(0), line(1, { approximateArrivalTimestamp: undefined })];
    const { status, err } = await run("--from", await file("timeless.ndjson", lines));
    expect(status).toBe(1);
    expect(err).toMatch(/timeless\.ndjson:2: .*arrival time/);
  });

  it("says that a file is not there", async () => {
    const { status, err } = await run("--from", join(folder, "none.ndjson"));
    expect(status).toBe(1);
    expect(err).toContain("none.ndjson");
  });
});

describe("prices", () => {
  it("can be printed, edited and used", async () => {
    const { out } = await run("--print-prices");
    const prices = JSON.parse(out);
    expect(prices.kinesis.date).toMatch(/^20\d\d/);
    const path = join(folder, "prices.json");
    prices.dynamodb.millionWriteUnits *= 2;
    await writeFile(path, JSON.stringify(prices));
    const before = await json("--rate", "10");
    const after = await json("--rate", "10", "--prices", path);
    expect(after.plan.cost.dynamodb.writes).toBeCloseTo(2 * before.plan.cost.dynamodb.writes);
  });

  it("that lack something are refused with its name", async () => {
    const path = join(folder, "few.json");
    await writeFile(path, '{"region":"eu-west-1"}');
    const { status, err } = await run("--rate", "10", "--prices", path);
    expect(status).toBe(1);
    expect(err).toMatch(/few\.json: The prices need a text at currency/);
  });
});

describe("the command line", () => {
  it.each([
    [["--bytes", "100"], "which load?"],
    [["--rate", "fast"], "--rate takes a number"],
    [["--rate", "10", "--keys", "1.5"], "--keys takes a whole number"],
    [["--rate", "10", "--peak", "5"], "below the average"],
    [["--rate", "10", "--handler", "5"], "--handler"],
    [["--rate", "10", "--handlerms", "5"], "Did you mean --handler-ms?"],
    [["5000"], "5000"],
  ])("%j is wrong", async (args, why) => {
    const { status, err } = await run(...args);
    expect(status).toBe(2);
    expect(err).toContain(why);
    expect(err).toContain("See shardmill plan --help.");
  });

  it("explains itself", async () => {
    const { status, out } = await run("--help");
    expect(status).toBe(0);
    expect(out).toContain("SYNOPSIS");
  });
});
