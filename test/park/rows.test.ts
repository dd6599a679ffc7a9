/** Rows of windows and of SQL that were parked come back: to the effect of their output, as what they were. */
import { type KinesisHandler, memoryParking, memoryProgress, NonRetryableError } from "shardmill";
import { sqlConsumer } from "shardmill/sql";
import { count, type RowHead, sliding } from "shardmill/windows";
import { expect, it } from "vitest";
import { json, kinesisConsumer } from "../../src/index.ts";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { allDone, eventOf, type Item, sequenceNumberOf, world } from "../consumer/world.ts";

/** Each record is a row; those whose keys are in `failing` are parked. */
function rows() {
  const its = world();
  const park = memoryParking();
  const progress = memoryProgress();
  const failing = new Set<string>();
  const seen: object[] = [];
  const options = { consumer: "c", progress, park, metrics: false, runtime: its.runtime } as const;
  const started = (more: object = {}) =>
    kinesisConsumer({
      ...{ ...options, decode: json() as never },
      window: sliding(
        { seconds: 60 },
        { key: ({ key }: Item) => key, aggregate: { count: count() } },
      ),
      process({ count, id, key }: RowHead & { count: number }, { attempt, idempotencyKey }: any) {
        seen.push({ key, count, attempt });
        expect(idempotencyKey).toBe(id);
        if (failing.has(String(key))) throw new NonRetryableError(`no ${key}`);
      },
      ...more,
    } as never);
  return {
    ...{ ...its, failing, options, park, seen, started },
    parked: () => [...park.parked.values()],
    /** The event that brings them back; as records, where they shall seem none. */
    event(items: readonly object[]) {
      const deadline = its.clock.now() + 900_000;
      return redriveEvent(items as never, { token: "t", deadline });
    },
    async redrive(handler: KinesisHandler, event: unknown) {
      const response = await its.finish(handler(event, its.context()));
      const { redriven } = response as typeof response & { redriven: readonly RedriveResult[] };
      return redriven.map(({ outcome }) => outcome);
    },
    invoke: (handler: KinesisHandler, event: unknown) => its.finish(handler(event, its.context())),
  };
}

it("with their numbers, their ids and how often they have failed, once, whatever the epoch is by now", async () => {
  const { event, failing, invoke, logs, parked, redrive, seen, started } = rows();
  failing.add("k").add("l");
  expect(await invoke(started({ epoch: "1" }), eventOf(["a@k", "b", "c@l"]))).toEqual(allDone);
  expect(logs().filter(({ message }) => message.startsWith("A row was parked"))).toHaveLength(2);
  failing.clear();
  seen.length = 0;
  const items = parked();
  expect(items).toHaveLength(2);
  const again = () => started({ epoch: "2", uniqueId: ({ id }: Item) => id });
  const twice = event([...items, items[0]!]);
  expect(await redrive(again(), twice)).toEqual(["redriven", "redriven", "duplicate"]);
  expect(seen).toEqual([
    { key: "k", count: 1, attempt: 2 },
    { key: "l", count: 1, attempt: 2 },
  ]);
  expect(await redrive(again(), twice)).toEqual(["repeated", "repeated", "repeated"]);
  expect(seen).toHaveLength(2);
});

it("in the order of their keys: none overtakes one that fails", async () => {
  const { event, failing, invoke, parked, redrive, seen, started } = rows();
  failing.add("k").add("l");
  await invoke(started(), eventOf(["a@k", "b@k", "c@l"]));
  seen.length = 0;
  failing.delete("l");
  expect(await redrive(started(), event(parked()))).toEqual(["failed", "waiting", "redriven"]);
  expect(seen).toMatchObject([{ key: "k", count: 1 }, { key: "l" }]);
  failing.clear();
  expect(await redrive(started(), event(parked()))).toEqual(["redriven", "redriven", "repeated"]);
  const inNoOrder = rows();
  inNoOrder.failing.add("k");
  const handler = inNoOrder.started({ order: "none" });
  await inNoOrder.invoke(handler, eventOf(["a@k", "b@k"]));
  expect(await inNoOrder.redrive(handler, inNoOrder.event(inNoOrder.parked()))).toEqual([
    ...["failed", "failed"],
  ]);
});

it("not beside others, nor to a function that has no effect for them any more", async () => {
  const its = rows();
  const { event, failing, invoke, options, parked, seen, started } = its;
  failing.add("k");
  const delivered = eventOf(["a@k", "b@k"]);
  await invoke(started(), delivered);
  seen.length = 0;
  const [one, other] = parked();
  const refused = (handler: KinesisHandler, items: readonly object[]) =>
    expect(invoke(handler, event(items))).rejects;
  for (const mixed of [
    [one!, { ...other!, row: undefined }],
    [{ ...one!, row: undefined }, other!],
    [one!, { ...other!, row: { ...other!.row, output: "COUNTS" } }],
  ])
    await refused(started(), mixed).toThrow(
      new TypeError("A redrive brings back records, or rows of one output: not both at once."),
    );
  const plain = kinesisConsumer({ ...options, process: () => seen.push({}) });
  await refused(plain, [one!]).toThrow(
    new TypeError(
      "These are rows of windows, and c has no effect for such rows any more. Nothing was done, and they stay parked: deploy a consumer that has it.",
    ),
  );
  const inSql = sqlConsumer({
    ...options,
    sql: 'CREATE STREAM "OUT" ("key" VARCHAR(8)); CREATE PUMP "P" AS INSERT INTO "OUT" SELECT STREAM "key" FROM "IN";',
    source: { IN: { recordColumns: [{ name: "key", sqlType: "VARCHAR(8)", mapping: "$.key" }] } },
    output: {
      OUT: (rows: readonly any[]) =>
        void seen.push(...rows.map(({ record, idempotencyKey }) => ({ record, idempotencyKey }))),
    },
  } as never);
  // It stands where a record stands, which is done.
  const place = {
    ...{ sequenceNumber: sequenceNumberOf(delivered, 0), shardId: "shardId-000000000000" },
  };
  const asIf = (output: string) => [{ ...one!, row: { ...one!.row, ...place, output } }];
  await refused(inSql, asIf("GONE")).toThrow(
    "These are rows of the stream GONE, and c has no effect for such rows any more.",
  );
  expect(seen).toEqual([]);
  expect(await its.redrive(inSql, event(asIf("OUT")))).toEqual(["redriven"]);
  expect(seen).toMatchObject([{ record: place, idempotencyKey: one!.row!.id }]);
});
