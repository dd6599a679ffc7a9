import { expect, test } from "vitest";
import { seededFaults } from "../../../packages/local/src/run/faults.ts";
import {
  buildHandler,
  type MachineEvent,
  startMachine,
  startServices,
} from "../../../packages/local/src/run/index.ts";
import { type ReplayOptions, replay } from "../../../packages/local/src/run/replay.ts";
import type { TemplateMapping } from "../../../packages/local/src/template/types.ts";
import { systemClock } from "../../../src/time/clock.ts";
import { after } from "../../ending.ts";
import { fn, mapping, project, queue, stream, template } from "./templates.ts";

const failures: TemplateMapping["settings"] = {
  functionResponseTypes: ["ReportBatchItemFailures"],
};

/** Replays the numbers from 0 to 19 through a handler that gets them as `numbers`. */
async function run(
  body: string,
  settings: TemplateMapping["settings"] = failures,
  options: Partial<ReplayOptions> & { seed?: number } = {},
) {
  const at = project({
    "orders.ts": `const seen = new Set<number>();
    export const handler = async (event: any) => {
      const numbers = event.Records.map(({ kinesis }: any) => Number(Buffer.from(kinesis.data, "base64")));
      const ids = event.Records.map(({ kinesis }: any) => kinesis.sequenceNumber);
      ${body}
    };`,
  });
  const model = template(at.root, {
    streams: [stream("orders", 2)],
    queues: [queue("failed")],
    functions: [fn("orders", at.at("orders.ts"), { timeout: 5 })],
    mappings: [mapping("orders", "orders", { batchSize: 5, ...settings })],
  });
  const faults = options.seed === undefined ? undefined : seededFaults(options.seed);
  const services = await startServices({ ...model, limits: false });
  after(services.close);
  const listeners: ((event: MachineEvent) => void)[] = [];
  const machine = await startMachine({
    ...{ template: model, services },
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  after(machine.close);
  const [only] = model.functions;
  machine.load(only!, await buildHandler(only!.source, at.at("out")));
  const replayed = replay({
    ...{ machine, kinesis: services.kinesis!, mapping: model.mappings[0]! },
    records: Array.from({ length: 20 }, (_, n) => ({
      data: Buffer.from(String(n)),
      partitionKey: `k${n}`,
    })),
    ...(faults && { around: faults.around(machine.functions.get(only!.logicalId)!) }),
    ...options,
  });
  listeners.push((event) => {
    if (event.type === "batch") replayed.onBatch(event);
  });
  return { ...(await replayed.run()), faults: faults?.counts };
}

test("all records go through the function", async () => {
  expect(await run("")).toMatchObject({ put: 20, delivered: 20, retried: 0, lost: 0, left: 0 });
});

test("a record that fails once is retried, and delivered", async () => {
  const result = await run(`
    const at = numbers.findIndex((n: number) => n === 7 && !seen.has(n));
    if (at >= 0) { seen.add(7); return { batchItemFailures: [{ itemIdentifier: ids[at] }] }; }`);
  expect(result).toMatchObject({ delivered: 20, lost: 0, left: 0 });
  expect(result.retried).toBeGreaterThan(0);
});

test("what the mapping gives up is described in its destination, or lost where there is none", async () => {
  const poison = `if (numbers.includes(7)) throw new Error("poison");`;
  const settings = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
  expect(await run(poison, settings)).toMatchObject({ delivered: 19, described: 0, lost: 1 });
  const destination = "arn:aws:sqs:us-east-1:123456789012:failed";
  const described = { ...settings, destinationConfig: { onFailure: { destination } } };
  expect(await run(poison, described)).toMatchObject({ delivered: 19, described: 1, lost: 0 });
});

test("item failures that the mapping does not ask for are lost", async () => {
  const result = await run("return { batchItemFailures: [{ itemIdentifier: ids[0] }] };", {});
  expect(result.lost).toBeGreaterThan(0);
  expect(result.delivered + result.lost).toBe(20);
});

test("a shard whose batch fails without end is stuck, and the other one is done", async () => {
  const poison = `if (numbers.includes(7)) return { batchItemFailures: [{ itemIdentifier: ids[numbers.indexOf(7)] }] };`;
  const result = await run(poison, failures, { attempts: 3 });
  expect(result.stuck).toHaveLength(1);
  expect(result.stuck[0]).toMatchObject({ attempts: 3 });
  expect(result.left).toBeGreaterThan(0);
  expect(result.delivered + result.left).toBe(20);
});

test("records that the filter passes over are neither lost nor left", async () => {
  const pattern = { partitionKey: ["k1", "k2", "k3"] };
  const result = await run("", { filterCriteria: { filters: [{ pattern }] } });
  expect(result).toMatchObject({ filtered: 17, delivered: 3, lost: 0, left: 0 });
});

test("under faults nothing is lost: what was killed, throttled or not answered comes again", async () => {
  const result = await run(
    "await new Promise((later) => setTimeout(later, 60));",
    { batchSize: 1 },
    { seed: 3 },
  );
  const { kills, throttles, lostAnswers } = result.faults!;
  expect(kills + throttles + lostAnswers).toBeGreaterThan(0);
  expect(result).toMatchObject({ delivered: 20, lost: 0, left: 0 });
  expect(result.retried).toBe(kills + throttles + lostAnswers);
});

test("an interrupted replay says what is left", async () => {
  const interrupted = new AbortController();
  const result = await run("await new Promise(() => {});", failures, {
    signal: interrupted.signal,
    records: [{ data: Buffer.from("1"), partitionKey: "k" }],
    onProgress() {},
    around: (invoke) => (event, context) => {
      interrupted.abort();
      return invoke(event, context);
    },
  });
  expect(result).toMatchObject({ put: 1, delivered: 0, left: 1 });
});

test("at a given speed, records come as far apart as they arrived", async () => {
  const arrivedAt = (n: number) => 1_700_000_000_000 + n * 1000;
  const records = [0, 1, 2].map((n) => ({
    data: Buffer.from(`${n}`),
    partitionKey: "k",
    arrivedAt: arrivedAt(n),
  }));
  const waits: number[] = [];
  let time = 0;
  const clock = {
    ...systemClock,
    now: () => time,
    async sleep(ms: number) {
      waits.push(ms);
      time += ms;
    },
  };
  const result = await run("", failures, { speed: 20, records, clock });
  expect(waits).toEqual([50, 50]);
  expect(result).toMatchObject({ put: 3, delivered: 3 });
});
