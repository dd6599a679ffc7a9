/** What a redrive makes of records that are not as they should be, and of what a reset has had the log forget. */
import {
  drop,
  type KinesisConsumerOptions,
  memoryProgress,
  NonRetryableError,
  type UserRecord,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { redriveEvent } from "../../src/park/redrive-event.ts";
import { allDone, eventOf, type Item, suffix } from "../consumer/world.ts";
import { parked } from "./redriven.ts";

type Options = Partial<KinesisConsumerOptions<Item>>;

const minute = 60_000;

/** Three parked records; the event that brings them back, with its second record changed. */
async function three(change: (record: any, asked: any) => void, options: Options = {}) {
  const its = parked({ maxAttempts: 1, ...options } as Options);
  for (const id of ["bad1", "bad2", "bad3"]) its.failing.add(id);
  expect(await its.invoke(eventOf(["bad1", "bad2", "bad3"]))).toEqual(allDone);
  its.failing.clear();
  its.ran.length = 0;
  const deadline = its.clock.now() + 900_000;
  const event = redriveEvent(its.records(), { token: "t", deadline });
  change(event.Records[1], event.shardmillRedrive.records[1]);
  const response: any = await its.start()(event);
  return { ...its, event, response, error: response.redriven[1].error?.message };
}

it("comes back as its stream's event has it", async () => {
  const its = parked();
  its.failing.add("bad");
  const event = eventOf(["a", "bad"]);
  await its.invoke(event);
  const { Records } = redriveEvent(its.records(), { token: "t", deadline: 1 });
  const { invokeIdentityArn: _, ...record } = event.Records[1]!;
  expect(Records).toEqual([record]);
});

it("comes back as the record that it was, with its place in its aggregate", async () => {
  const seen: object[] = [];
  let fails = true;
  const its = parked({
    process(_: Item, { aggregated, explicitHashKey, partitionKey, ...record }: UserRecord) {
      const { data, sequenceNumber, subSequenceNumber } = record;
      seen.push({
        aggregated,
        explicitHashKey,
        partitionKey,
        data,
        sequenceNumber,
        subSequenceNumber,
      });
      if (fails) throw new NonRetryableError("no");
    },
  } as Options);
  await its.invoke(eventOf(["a@k", "b@l", "c@m"], { aggregate: true }));
  await its.invoke(eventOf(["d@n"], { from: 1 }));
  const before = seen.splice(0);
  fails = false;
  await its.redrive();
  // The first of an aggregate looks like a plain record.
  expect(seen).toEqual([{ ...before[0]!, aggregated: false }, ...before.slice(1)]);
  expect(seen).toMatchObject([...[false, true, true, false].map((aggregated) => ({ aggregated }))]);
});

describe("a bad record fails alone:", () => {
  it.each<[string, (record: any, asked: any) => void, RegExp]>([
    ["data that is not base64", ({ kinesis }) => (kinesis.data = "%%%"), /not base64/],
    [
      "no data",
      ({ kinesis }) => delete kinesis.data,
      /has data that is not base64: it is undefined/,
    ],
    ["no partition key", ({ kinesis }) => delete kinesis.partitionKey, /has no partition key/],
    [
      "no arrival",
      ({ kinesis }) => (kinesis.approximateArrivalTimestamp = null),
      /approximateArrivalTimestamp/,
    ],
    ["no sequence number", ({ kinesis }) => (kinesis.sequenceNumber = "x"), /sequence number/],
    ["not an object", (record) => (record.kinesis = null), /not of a Kinesis stream/],
    [
      "another shard",
      (record) => (record.eventID = "shardId-000000000009:1"),
      /this redrive is of shardId-000000000000/,
    ],
    [
      "another stream",
      (record) => (record.eventSourceARN += "2"),
      /of arn:aws:kinesis:us-east-1:123456789012:stream\/orders2/,
    ],
    [
      "another consumer",
      (_, asked) => (asked.id = `other${asked.id}`),
      /was parked by the consumer otherc, and this function is c/,
    ],
    ["no id", (_, asked) => delete asked.id, /is no id of a parked record/],
  ])("%s", async (_, change, why) => {
    const { error, event, outcomes, ran, response } = await three(
      (record, asked) => void change(record, asked),
    );
    expect(outcomes(response)).toEqual(["redriven", "failed", "redriven"]);
    expect(error).toMatch(why);
    expect(ran).toEqual(["bad1", "bad3"]);
    const itemIdentifier = event.Records[1]!.kinesis?.sequenceNumber ?? "undefined";
    expect(response.batchItemFailures).toEqual([{ itemIdentifier }]);
  });

  it("all of them are bad: nothing runs, and each has its own result", async () => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["bad@1", "bad@2"]));
    const others = its.records().map((record) => ({ ...record, id: `other${record.id}` }));
    const response = await its.redrive(others);
    expect(response.redriven).toMatchObject([
      { outcome: "failed", error: { message: expect.stringContaining("otherc") } },
      { outcome: "failed", error: { message: expect.stringContaining("otherc") } },
    ]);
    expect(its.ran).toHaveLength(2);
  });

  it("a request that does not speak of each record does nothing", async () => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["bad@1", "bad@2"]));
    const event = redriveEvent(its.records(), { token: "t", deadline: its.clock.now() + 900_000 });
    const records = event.shardmillRedrive.records.slice(1);
    const short = { ...event, shardmillRedrive: { ...event.shardmillRedrive, records } };
    const none = { ...event, shardmillRedrive: { ...event.shardmillRedrive, records: undefined } };
    for (const wrong of [short, none, { ...event, Records: undefined }])
      await expect(its.start()(wrong)).rejects.toEqual(
        new TypeError("shardmillRedrive must speak of each record of its event."),
      );
  });

  it.each<[string, (item: Item) => any, RegExp]>([
    [
      "is a number",
      ({ id }) => (id === "bad2" ? 7 : id),
      /uniqueId must return a string or undefined; it returned a number/,
    ],
    [
      "is a promise of a number",
      async ({ id }) => (id === "bad2" ? 7 : id),
      /it returned a number/,
    ],
    ["throws", ({ id }) => (id === "bad2" ? JSON.parse("{") : id), /JSON/],
    ["rejects", async ({ id }) => (id === "bad2" ? JSON.parse("{") : id), /JSON/],
  ])("its uniqueId %s", async (_, uniqueId, why) => {
    const { error, outcomes, response } = await three(() => {}, { uniqueId } as Options);
    expect(outcomes(response)).toEqual(["redriven", "failed", "redriven"]);
    expect(error).toMatch(why);
  });

  it("its payload cannot be decoded", async () => {
    const { error, outcomes, response } = await three(({ kinesis }) => {
      kinesis.data = Buffer.from("{oops").toString("base64");
    });
    expect(outcomes(response)).toEqual(["redriven", "failed", "redriven"]);
    expect(error).toContain("{oops");
  });
});

describe("ids", () => {
  const uniqueId = ({ id }: Item) => id.replace(/\d$/, "");

  it("of records whose arrivals are further apart than the window are two, whichever arrived first", async () => {
    const its = parked({ uniqueId, dedupeWindowInSeconds: 60 } as Options);
    its.failing.add("bad1").add("bad2");
    const arrival = its.clock.now();
    await its.invoke(eventOf(["bad1"], { arrival: arrival + 60 * minute }));
    await its.invoke(eventOf(["bad2"], { from: 1, arrival }));
    expect(its.records()).toHaveLength(2);
    its.failing.clear();
    its.ran.length = 0;
    expect(its.outcomes(await its.redrive())).toEqual(["redriven", "redriven"]);
    expect(its.ran.sort()).toEqual(["bad1", "bad2"]);
  });

  it("that are promises are waited for", async () => {
    const its = parked({ uniqueId: async (item: Item) => uniqueId(item) } as Options);
    its.failing.add("bad1");
    await its.invoke(eventOf(["bad1", "bad2"]));
    its.failing.clear();
    expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
    expect(its.ran).toEqual(["bad1", "bad1"]);
  });
});

it("a record that is there twice, as a queue may have it, has its effect once", async () => {
  const its = parked();
  its.failing.add("bad");
  await its.invoke(eventOf(["bad"]));
  its.failing.clear();
  its.ran.length = 0;
  const record = its.records()[0]!;
  expect(its.outcomes(await its.redrive([record, record]))).toEqual(["redriven", "duplicate"]);
  expect(its.ran).toEqual(["bad"]);
  its.failing.add("worse");
  await its.invoke(eventOf(["worse"], { from: 1 }));
  const worse = its.records()[1]!;
  expect(its.outcomes(await its.redrive([worse, worse]))).toEqual(["failed", "waiting"]);
});

it("what comes back has one more name in the log, and two where that has forgotten the first", async () => {
  const its = parked();
  its.failing.add("bad1").add("bad2");
  await its.invoke(eventOf(["bad1", "bad2"]));
  its.failing.clear();
  const [one, other] = its.records();
  const log = one!.id.slice(0, one!.id.lastIndexOf("#"));
  const names = async () => (await its.progress.readBefore(log, Infinity)).entries[0]!.names;
  expect(its.outcomes(await its.redrive([one!]))).toEqual(["redriven"]);
  expect(await names()).toHaveLength(16);
  await its.reset();
  expect(its.outcomes(await its.redrive([other!]))).toEqual(["redriven"]);
  expect(await names()).toHaveLength(32);
});

it("more records than an entry has room for are saved in several", async () => {
  const count = 4000;
  const its = parked();
  const names = Array.from({ length: count }, (_, n) => `bad${n}@k${n % 100}`);
  for (let n = 0; n < count; n++) its.failing.add(`bad${n}`);
  const event = eventOf(names);
  await its.invoke(event);
  expect(its.records()).toHaveLength(count);
  its.failing.clear();
  await its.reset();
  its.ran.length = 0;
  const response = await its.redrive();
  expect(new Set(its.outcomes(response))).toEqual(new Set(["redriven"]));
  const { id } = its.records()[0]!;
  const log = id.slice(0, id.lastIndexOf("#"));
  const { entries } = await its.progress.readAfter(log, 0);
  const since = entries.slice(entries.findIndex(({ kind }) => kind === "reset") + 1);
  const sizes = since.map(({ names }) => names!.length / 16);
  // Each by its name of the redrive, and by its own.
  expect(sizes.reduce((sum, size) => sum + size)).toBe(2 * count);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3501);
  expect(its.outcomes(await its.redrive()).every((outcome) => outcome === "repeated")).toBe(true);
  its.restart();
  expect(await its.invoke(event)).toEqual(allDone);
  expect(its.ran).toHaveLength(count);
}, 30_000);

describe("after a reset", () => {
  const kinds: [string, Options, object][] = [
    ["plain records", {}, {}],
    ["an aggregate", {}, { aggregate: true }],
    ["an aggregate that Lambda took apart", {}, { aggregate: true, fanOutConsumer: "billing" }],
    [
      "an aggregate taken apart, with unique ids",
      { uniqueId: ({ id }: Item) => id } as Options,
      { aggregate: true, fanOutConsumer: "billing" },
    ],
    ["records with unique ids", { uniqueId: ({ id }: Item) => id } as Options, {}],
    [
      "processBatch",
      {
        process: undefined,
        processBatch(records: readonly { readonly value: Item }[]) {
          batches.push(...records.map(({ value }) => value.id));
          const failed = records.filter(({ value }) => failing.has(value.id));
          return {
            failed: failed.map((record) => ({ record, error: new NonRetryableError("no") })),
          };
        },
      } as unknown as Options,
      {},
    ],
  ];
  const batches: string[] = [];
  const failing = new Set<string>();

  describe.each(kinds)("%s", (_, options, shape) => {
    const start = async () => {
      const its = parked(options);
      batches.length = 0;
      failing.clear();
      const ran = () => [...its.ran, ...batches].filter((id) => id === "bad").length;
      const fails = (does: boolean) => {
        for (const set of [its.failing, failing]) does ? set.add("bad") : set.delete("bad");
      };
      fails(true);
      const event = eventOf(["a", "bad", "c"], shape);
      expect(await its.invoke(event)).toEqual(allDone);
      expect(its.records()).toHaveLength(1);
      await its.reset();
      its.restart();
      return { ...its, event, fails, ran };
    };

    it("that were processed since are not repeated", async () => {
      const its = await start();
      its.fails(false);
      expect(await its.invoke(its.event)).toEqual(allDone);
      expect(its.ran()).toBe(2);
      expect(its.outcomes(await its.redrive())).toEqual(["processed"]);
      expect(its.ran()).toBe(2);
    });

    it("that were parked since come back", async () => {
      const its = await start();
      expect(await its.invoke(its.event)).toEqual(allDone);
      expect(its.records()).toMatchObject([{ state: "confirmed", parkedAgain: 1 }]);
      its.fails(false);
      expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
      expect(its.outcomes(await its.redrive())).toEqual(["repeated"]);
      expect(its.ran()).toBe(3);
    });

    it("that come back first are not repeated by a delivery", async () => {
      const its = await start();
      its.fails(false);
      expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
      expect(await its.invoke(its.event)).toEqual(allDone);
      // Taken apart, and without ids, it may be the rest of an aggregate that was cut: rather repeated than lost.
      const isUndecided = options.uniqueId === undefined && "fanOutConsumer" in shape;
      expect(its.ran()).toBe(isUndecided ? 3 : 2);
    });

    it("and a second one, everything is asked anew", async () => {
      const its = await start();
      its.fails(false);
      expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
      await its.reset();
      its.restart();
      its.fails(true);
      expect(await its.invoke(its.event)).toEqual(allDone);
      its.fails(false);
      expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
      expect(its.ran()).toBe(4);
    });
  });

  it.each([
    [60, "duplicate", ["bad1", "bad2"]],
    [61, "redriven", ["bad1", "bad2", "bad1"]],
  ])(
    "of which a later one with its id was done since, %i s apart, it is %s",
    async (seconds, outcome, ran) => {
      const uniqueId = ({ id }: Item) => id.slice(0, 3);
      const its = parked({ uniqueId, dedupeWindowInSeconds: 60 } as Options);
      const arrival = its.clock.now();
      its.failing.add("bad1");
      await its.invoke(eventOf(["bad1"], { arrival }));
      await its.reset();
      its.restart();
      its.failing.clear();
      await its.clock.advance(100_000);
      await its.invoke(eventOf(["bad2"], { from: 1, arrival: arrival + 1000 * seconds }));
      expect(its.outcomes(await its.redrive())).toEqual([outcome]);
      expect(its.ran).toEqual(ran);
    },
  );

  it.each([
    ["was done", false, "processed", 2],
    ["was parked", true, "redriven", 3],
  ])("of which a fold restates what came since: it %s", async (_, isFailing, outcome, times) => {
    const its = parked();
    const arrival = its.clock.now();
    its.failing.add("bad");
    const event = eventOf(["bad"], { arrival });
    await its.invoke(event);
    await its.reset();
    its.restart();
    if (!isFailing) its.failing.clear();
    expect(await its.invoke(event)).toEqual(allDone);
    its.failing.clear();
    for (let n = 1; n <= 600; n++) await its.invoke(eventOf([`r${n}`], { from: n, arrival }));
    expect(its.outcomes(await its.redrive())).toEqual([outcome]);
    expect(its.ran.filter((id) => id === "bad")).toHaveLength(times);
    expect(await its.invoke(suffix(event, 0))).toEqual(allDone);
    expect(its.ran.filter((id) => id === "bad")).toHaveLength(times);
  });
});

describe("the time that a redrive has", () => {
  const late = (until: number, mayLastUntil: number) =>
    `This redrive has come too late: its records are its own until ${new Date(until).toISOString()}, and this invocation may last until ${new Date(mayLastUntil).toISOString()}.`;

  it.each([
    ["as long as its records are its own", 60_000, 60_000],
    ["a moment longer", 60_000, 60_001],
    ["no end that it knows, and its records are still its own", 0, undefined],
    ["no end that it knows, and its records are its own no more", -1, undefined],
  ])("is %s", async (_, isOwnForMs, lastsMs) => {
    const its = parked();
    its.failing.add("bad");
    await its.invoke(eventOf(["bad"]));
    its.failing.clear();
    const now = its.clock.now();
    const deadline = now + isOwnForMs;
    const response = its.start()(
      redriveEvent(its.records(), { token: "t", deadline }),
      lastsMs ?? Infinity,
    );
    if (isOwnForMs >= (lastsMs ?? 0))
      expect(its.outcomes((await response) as any)).toEqual(["redriven"]);
    else await expect(response).rejects.toThrow(late(deadline, now + (lastsMs ?? 0)));
    expect(its.ran).toHaveLength(isOwnForMs >= (lastsMs ?? 0) ? 2 : 1);
  });
});

it.each([
  ["longer than an item is kept that might be redriven once more", {}, 400],
  [
    "as long as the consumer keeps its log, where that is longer",
    { dedupeWindowInSeconds: 500 * 86_400 },
    502,
  ],
])("what was redriven is remembered %s", async (_, options, days) => {
  const progress = memoryProgress();
  const kept: number[] = [];
  const its = parked({
    ...options,
    progress: {
      ...progress,
      append(log, entry, expiresAt, ...rest) {
        kept.push(expiresAt);
        return progress.append(log, entry, expiresAt, ...rest);
      },
    },
  } as Options);
  its.failing.add("bad");
  await its.invoke(eventOf(["bad"]));
  its.failing.clear();
  await its.redrive();
  expect(kept.at(-1)).toBeCloseTo(its.clock.now() / 1000 + days * 86_400, -1);
});

it("says of one that failed what was thrown, also where that is nothing", async () => {
  let thrown: unknown = new NonRetryableError("no");
  const its = parked({ process: () => Promise.reject(thrown) } as Options);
  await its.invoke(eventOf(["bad"]));
  for (const [what, error] of [
    [new TypeError("why"), { name: "TypeError", message: "why" }],
    [undefined, { message: "undefined" }],
  ] as const) {
    thrown = what;
    const { redriven } = await its.redrive();
    expect(redriven).toMatchObject([{ outcome: "failed", error }]);
  }
});

it("says in one line what became of how many", async () => {
  const its = parked();
  for (const id of ["bad1", "bad2", "bad3"]) its.failing.add(id);
  await its.invoke(eventOf(["bad1", "bad2", "bad3"]));
  its.failing.delete("bad1");
  its.failing.delete("bad3");
  await its.redrive();
  expect(its.logs().at(-1)).toMatchObject({
    ...{ level: "INFO", message: "Parked records were brought back.", consumer: "c" },
    ...{ redriven: 2, failed: 1 },
  });
});

describe.each([
  ["without ids", {}],
  ["with ids", { uniqueId: ({ id }: Item) => id }],
])("of a consumer that has another epoch by now, %s, a record", (_, options) => {
  const start = async () => {
    const before = parked(options as Options);
    before.failing.add("bad");
    const event = eventOf(["a", "bad"]);
    await before.invoke(event);
    const now = parked({ ...options, epoch: "2", progress: before.progress } as Options);
    const redrive = async () => now.outcomes(await now.redrive(before.records()));
    return { ...now, event, redrive };
  };

  it("that was not delivered since comes back once, and a delivery does not repeat it", async () => {
    const { event, invoke, ran, redrive } = await start();
    expect([await redrive(), await redrive()]).toEqual([["redriven"], ["repeated"]]);
    expect(await invoke(event)).toEqual(allDone);
    expect(ran).toEqual(["bad", "a"]);
  });

  it("that was done since is not repeated", async () => {
    const { event, invoke, ran, redrive } = await start();
    expect(await invoke(event)).toEqual(allDone);
    expect([await redrive(), await redrive()]).toEqual([["processed"], ["processed"]]);
    expect(ran).toEqual(["a", "bad"]);
  });

  it("that was parked since comes back", async () => {
    const { event, failing, invoke, ran, redrive } = await start();
    failing.add("bad");
    expect(await invoke(event)).toEqual(allDone);
    failing.clear();
    expect(await redrive()).toEqual(["redriven"]);
    expect(ran).toEqual(["a", "bad", "bad"]);
  });
});

describe.each([
  ["without ids", {}],
  ["with ids", { uniqueId: ({ id }: Item) => id }],
])("what is parked and nothing else, %s,", (_, options) => {
  it("is not looked for in all of the log", async () => {
    const progress = memoryProgress();
    let reads = 0;
    const its = parked({
      ...options,
      progress: {
        ...progress,
        readAfter(...asked) {
          reads++;
          return progress.readAfter(...asked);
        },
      },
    } as Options);
    its.failing.add("bad1").add("bad2");
    await its.invoke(eventOf(["bad1", "bad2"]));
    reads = 0;
    its.failing.clear();
    const [one, other] = its.records();
    // Of an older version an item has no name.
    expect(its.outcomes(await its.redrive([one!, { ...other!, name: undefined }]))).toEqual([
      ...["redriven", "redriven"],
    ]);
    expect(reads).toBe(0);
  });
});

it("where memory is short no more values are held than run: a record that was read for its id is decoded once more", async () => {
  let decoded = 0;
  const its = parked({
    decode(data: Uint8Array) {
      decoded++;
      return JSON.parse(Buffer.from(data).toString());
    },
    uniqueId: ({ id }: Item) => id,
  } as Options);
  its.failing.add("bad1").add("bad2");
  await its.invoke(eventOf(["bad1", "bad2"]));
  its.failing.clear();
  for (const [inUse, times] of [
    [0.4, 1],
    [0.6, 2],
  ]) {
    await its.reset();
    Object.assign(its.runtime, { heapInUse: () => inUse });
    decoded = 0;
    expect(its.outcomes(await its.redrive())).toEqual(["redriven", "redriven"]);
    expect(decoded).toBe(2 * times!);
  }
});

it("of a record that is dropped by now the redrive says that it is redriven, and has nothing more to do", async () => {
  let drops = false;
  const its = parked({
    decode: (data: Uint8Array) => (drops ? drop() : JSON.parse(Buffer.from(data).toString())),
  } as Options);
  its.failing.add("bad");
  await its.invoke(eventOf(["bad"]));
  drops = true;
  expect(its.outcomes(await its.redrive())).toEqual(["redriven"]);
  expect(its.outcomes(await its.redrive())).toEqual(["repeated"]);
});
