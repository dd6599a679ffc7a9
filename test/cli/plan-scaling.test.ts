/** `plan --scaling`: a load of days, and three ways to meet it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planCommand } from "../../packages/cli/src/plan/command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardmill-plan-scaling-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]) {
  let out = "";
  let err = "";
  const status = await planCommand(["--scaling", ...args], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { status, out, err };
}

const start = Date.UTC(2026, 0, 1);

/** A file with so many shards filled in each minute. */
async function file(name: string, minutes: number, shardsIn: (minute: number) => number) {
  const lines = Array.from({ length: minutes }, (_, minute) => {
    const shards = shardsIn(minute);
    const time = new Date(start + minute * 60_000).toISOString();
    return `${time},${Math.round(shards * 60 * 1024 * 1024)},${Math.round(shards * 6000)}`;
  });
  return written(name, ["time,bytes,records", ...lines].join("\n"));
}

async function written(name: string, text: string) {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const day = 1440;
/** Twenty shards for four hours a day, and next to nothing else. */
const sharp = (minute: number) => (minute % day >= 600 && minute % day < 840 ? 20 : 0.5);

describe("a load by the minute", () => {
  it("is drawn with its shards, beside a fixed stream and on-demand mode", async () => {
    const { status, out } = await run("--load", await file("sharp.csv", 6 * day, sharp));
    expect(status).toBe(0);
    expect(out).toContain("Shards (─) over the load (█), 6 days from 2026-01-01T00:00Z");
    expect(out.split("\n").filter((line) => line.includes("│"))).toHaveLength(12);
    expect(out).toMatch(/fixed +20 shards +[\d,]+ +0\.000 % refused/);
    expect(out).toMatch(/scaled +1?\d(\.\d)? shards +[\d,]+ +0\.000 % refused/);
    expect(out).toMatch(/on demand +[\d,]+ +0\.000 % refused/);
    expect(out).toMatch(/Scaling saves \d\d % of a stream that is fixed at its peak\./);
  });

  it("gets the same as JSON, with every minute of both", async () => {
    const { out } = await run(
      "--load",
      await file("json.csv", 4 * day, sharp),
      "--json",
      "--max-shards",
      "15",
    );
    const plan = JSON.parse(out);
    expect(plan.load).toHaveLength(4 * day);
    expect(Math.max(...plan.shards)).toBe(15);
    expect(plan.mostOperationsInADay).toBeLessThanOrEqual(8);
    expect(plan.ways.map(({ name }: any) => name)).toEqual(["fixed", "scaled", "on demand"]);
    // Fifteen of twenty shards' worth are taken while it lasts.
    expect(plan.ways[0].throttledShare).toBeGreaterThan(0.15);
  });

  it("that is twice as high by day says that a fixed stream costs about the same", async () => {
    const wave = (minute: number) => 9 - 3 * Math.cos((2 * Math.PI * minute) / day);
    const { out } = await run("--load", await file("wave.csv", 5 * day, wave));
    expect(out).toContain(
      "A stream that is fixed at 12 shards costs about the same as a scaled one",
    );
  });

  it("that has one burst a day says that on-demand mode costs less", async () => {
    const { out } = await run(
      "--load",
      await file("idle.csv", 4 * day, (minute) => (minute % day === 0 ? 9 : 0)),
    );
    // However seldom a minute is full: what it has is most of the data.
    expect(out).toMatch(/fixed +9 shards +\d+(\.\d+)? +0\.000 % refused/);
    expect(out).toMatch(/On-demand mode costs less, and needs no scaling\./);
  });

  it("of less than three days says that little could be foreseen", async () => {
    const { out } = await run("--load", await file("short.csv", 300, () => 1));
    expect(out).toContain("a week says more");
  });

  it("may have gaps, in which nothing was put", async () => {
    const rows = [0, 1, 90].map((minute) => `${start / 1000 + minute * 60},6e7,100`);
    const { out } = await run(
      "--load",
      await written("gaps.csv", ["time,bytes,records", ...rows].join("\n")),
      "--json",
    );
    expect(JSON.parse(out).load.filter((shards: number) => shards > 0)).toHaveLength(3);
    expect(JSON.parse(out).load).toHaveLength(91);
  });
});

it("takes a recording, by the minutes of its arrivals", async () => {
  const lines = Array.from({ length: 120 }, (_, minute) =>
    JSON.stringify({
      shardId: "shardId-000000000000",
      sequenceNumber: String(minute),
      approximateArrivalTimestamp: new Date(start + minute * 60_000).toISOString(),
      partitionKey: "a",
      data: "x",
    }),
  );
  const { out } = await run(
    "--from",
    await written("recording.ndjson", lines.join("\n")),
    "--json",
  );
  expect(JSON.parse(out).load).toHaveLength(120);
});

describe("says what is wrong, and where:", () => {
  it.each([
    [
      "columns that are none of a load",
      "when,what\n1,2",
      /:1: a load has the columns time, bytes and records; these are when, what/,
    ],
    ["a time", "time,bytes\nyesterday,5", /:2: "yesterday" is no time/],
    ["an amount", "time,bytes\n2026-01-01T00:00Z,-5", /:2: "-5" is no number of bytes from 0/],
    ["a row that is too short", "time,bytes\n2026-01-01T00:00Z", /:2: this row has 1 fields/],
    [
      "times that lie years apart",
      "time,bytes\n2020-01-01T00:00Z,5\n2026-01-01T00:00Z,5",
      /give a year at most/,
    ],
    ["a load of minutes", "time,bytes\n2026-01-01T00:00Z,5", /A load of 1 minutes says nothing/],
  ])("%s", async (name, text, message) => {
    const { status, err } = await run("--load", await written(`${name}.csv`, text));
    expect(status).toBe(1);
    expect(err).toMatch(message);
  });

  it.each([
    [[], /which load\?/],
    [["--load", "a", "--from", "b"], /not both/],
    [["--load", "a", "--min-shards", "5", "--max-shards", "4"], /--min-shards is 5, above 4/],
    [["--load", "a", "--operations", "11"], /--operations takes a whole number from 4 to 10/],
  ])("%s", async (args, message) => {
    const { status, err } = await run(...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it("--load without --scaling", async () => {
    let err = "";
    const write = (text: string) => (err += text);
    expect(await planCommand(["--load", "a"], { out: { write }, err: { write } })).toBe(2);
    expect(err).toContain("--load goes with --scaling");
  });
});
