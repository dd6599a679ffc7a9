/** Every state of an item of a parked record, and everything that may happen to it: the same in every store. */
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { DeleteCommand, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type Hold, memoryParking, type ParkedRecord, type Parking } from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucketSource } from "../../packages/cli/src/redrive/bucket.ts";
import { tableSource } from "../../packages/cli/src/redrive/table.ts";
import { engines } from "../dynamodb-runtime/engines.ts";
import { parkedRecord } from "./parked-record.ts";
import { findIn, servedBucket, servedTable } from "./served-stores.ts";

type State = "absent" | "parked" | "confirmed" | "redriving" | "redriven";

/**
 * What it was, what happens, what it is then, and what the last step answers. A and B are two redrives that looked at the item
 * when it was that; where it is `redriving`, A has it.
 */
const table: readonly [was: State, happens: string, then: State, answer?: boolean][] = [
  ["absent", "park", "parked"],
  ["absent", "confirm", "absent"],
  ["parked", "park", "parked"],
  ["parked", "confirm", "confirmed"],
  ["parked", "A confirms", "confirmed"],
  ["parked", "A takes", "parked", false],
  ["parked", "A gives back", "parked"],
  // The log says that it was done.
  ["parked", "A finishes", "redriven", true],
  ["parked", "park, A finishes", "parked", false],
  ["parked", "confirm, A finishes", "confirmed", false],
  ["parked", "A confirms, A takes, A finishes", "redriven", true],
  ["confirmed", "park", "confirmed"],
  ["confirmed", "confirm", "confirmed"],
  ["confirmed", "A confirms", "confirmed"],
  ["confirmed", "A takes", "redriving", true],
  ["confirmed", "A gives back", "confirmed"],
  ["confirmed", "A finishes", "confirmed", false],
  ["confirmed", "park, A takes", "redriving", true],
  ["confirmed", "park, A takes, A finishes", "confirmed", false],
  ["redriving", "park", "redriving"],
  ["redriving", "confirm", "redriving"],
  ["redriving", "A confirms", "redriving"],
  ["redriving", "B takes", "redriving", false],
  ["redriving", "B takes, B gives back", "redriving"],
  ["redriving", "B takes, B finishes", "redriving", false],
  ["redriving", "B finishes", "redriving", false],
  ["redriving", "A gives back", "confirmed"],
  ["redriving", "A finishes", "redriven", true],
  // After a reset it has failed once more: it is not back.
  ["redriving", "park, A finishes", "confirmed", false],
  ["redriving", "park, confirm, A finishes", "confirmed", false],
  ["redriving", "park, A gives back", "confirmed"],
  ["redriving", "time is up, B takes", "redriving", false],
  ["redriving", "time passes, B takes", "redriving", true],
  ["redriving", "time passes, B takes, A gives back", "redriving"],
  ["redriving", "time passes, B takes, A finishes", "redriving", false],
  ["redriving", "time passes, B takes, B finishes", "redriven", true],
  ["redriving", "time passes, park, B takes, B finishes", "confirmed", false],
  ["redriving", "time passes, A finishes", "redriven", true],
  ["redriven", "park", "parked"],
  ["redriven", "park, confirm", "confirmed"],
  ["redriven", "park, park", "parked"],
  ["redriven", "park, A finishes", "parked", false],
  ["redriven", "confirm", "redriven"],
  ["redriven", "A confirms", "redriven"],
  ["redriven", "A takes", "redriven", false],
  ["redriven", "A gives back", "redriven"],
  ["redriven", "A finishes", "redriven", false],
  // By its time to live, or by somebody.
  ["parked", "is deleted, confirm", "absent"],
  ["confirmed", "is deleted, A takes", "absent", false],
  ["confirmed", "is deleted, park", "parked"],
  ["redriving", "is deleted, A finishes", "absent", false],
  ["redriving", "is deleted, A gives back", "absent"],
  ["redriving", "is deleted, park, A finishes", "parked", false],
];

/** A parking, and what a redrive and the test see of its items. */
interface Store {
  readonly parking: Parking;
  look(record: ParkedRecord, now: () => number): Promise<Hold>;
  item(record: ParkedRecord): Promise<Record<string, any> | undefined>;
  remove(record: ParkedRecord): Promise<unknown>;
}

const held = 60_000;

/** The item as `was` says, and two redrives that have looked at it. */
async function itemThat(was: State, store: Store, record: ParkedRecord) {
  const { parking, look } = store;
  let time = Date.UTC(2026, 0, 2);
  const now = () => time;
  const holds: Record<string, Hold> = {};
  if (was !== "absent") {
    await parking.park(record);
    if (was !== "parked") await parking.confirm(record);
    const taken = await look(record, now);
    if (was === "redriving" || was === "redriven") {
      expect(await taken.take("A", time + held)).toBe(true);
    }
    if (was === "redriven") expect(await taken.finish()).toBe(true);
    holds.A = was === "redriving" ? taken : await look(record, now);
    holds.B = await look(record, now);
  }
  /** Answers as a hold does. */
  return async function happen(step: string): Promise<unknown> {
    if (step === "park") return parking.park({ ...record, parkedAt: record.parkedAt + 1 });
    if (step === "confirm") return parking.confirm(record);
    if (step === "is deleted") return store.remove(record);
    if (step === "time passes" || step === "time is up") {
      time += step === "time passes" ? held + 1 : held;
      return undefined;
    }
    const [who, what] = step.split(" ") as [string, string];
    const hold = holds[who]!;
    if (what === "takes") return hold.take(who, time + held);
    if (what === "finishes") return hold.finish();
    return what === "confirms" ? hold.confirm() : hold.giveBack();
  };
}

const stores: Record<string, () => Promise<Store & { close(): Promise<void> }>> = {
  async memory() {
    const parking = memoryParking();
    return {
      parking,
      look: async ({ id }, now) => parking.hold(id, now),
      item: async ({ id }) => parking.parked.get(id),
      remove: async ({ id }) => (parking.parked as Map<string, unknown>).delete(id),
      close: async () => {},
    };
  },
  async "a bucket"() {
    const { bucket, client, close } = await servedBucket();
    const at = ({ consumer, sequenceNumber }: ParkedRecord) => ({
      Bucket: bucket,
      Key: `parked/${consumer}/orders/shardId-000000000000/${sequenceNumber}.3.json`,
    });
    return {
      parking: s3Parking({ bucket, client }),
      async look(record, now) {
        const prefix = `parked/${record.consumer}/`;
        const source = await bucketSource(client, bucket, prefix, now, () => {});
        return (await findIn(source, record)).hold;
      },
      item: (record) =>
        client.send(new GetObjectCommand(at(record))).then(
          async ({ Body }) => JSON.parse(await Body!.transformToString()),
          () => undefined,
        ),
      remove: (record) => client.send(new DeleteObjectCommand(at(record))),
      close,
    };
  },
};

for (const engine of engines) {
  stores[`a table of ${engine}`] = async () => {
    const { documents, dynamodb, close } = await servedTable(engine);
    const at = ({ consumer, sequenceNumber }: ParkedRecord) => ({
      TableName: "progress",
      Key: {
        pk: `${consumer}#parked`,
        sk: `us-east-1:123456789012:orders#shardId-000000000000#${sequenceNumber}.3`,
      },
    });
    return {
      parking: dynamodbParking({ tableName: "progress", client: dynamodb }),
      look: async (record, now) =>
        (await findIn(tableSource(documents, "progress", record.consumer, now), record)).hold,
      item: async (record) => (await documents.send(new GetCommand(at(record)))).Item,
      remove: (record) => documents.send(new DeleteCommand(at(record))),
      close,
    };
  };
}

describe.each(Object.keys(stores))("an item in %s", (name) => {
  let store: Awaited<ReturnType<NonNullable<(typeof stores)[string]>>>;
  beforeAll(async () => {
    store = await stores[name]!();
  }, 60_000);
  afterAll(() => store.close());

  it.concurrent.each(table)("that is %s, when %s, is %s", async (was, happens, then, answer) => {
    const record = parkedRecord();
    const happen = await itemThat(was, store, record);
    let answered: unknown;
    for (const step of happens.split(", ")) answered = await happen(step);
    const item = await store.item(record);
    expect(item?.state ?? "absent").toBe(then);
    expect(answered).toBe(answer);
    if (!item) return;
    const parks = happens.split(", ").filter((step) => step === "park").length;
    const wasThere = was !== "absent" && !happens.includes("is deleted");
    expect(item.parkedAgain ?? 0).toBe(wasThere ? parks : parks - 1);
    const isHeld = then === "redriving";
    expect("redriveToken" in item && item.redriveToken !== undefined).toBe(isHeld);
    expect("heldUntil" in item && item.heldUntil !== undefined).toBe(isHeld);
    expect(item.sequenceNumber).toBe(record.sequenceNumber);
    expect(Buffer.from(item.data, typeof item.data === "string" ? "base64" : undefined)).toEqual(
      Buffer.from(record.data),
    );
  });

  it("that is parked while a redrive finishes it is not lost, whoever is first", async () => {
    for (let round = 0; round < 10; round++) {
      const record = parkedRecord();
      const happen = await itemThat("redriving", store, record);
      const [, finished] = await Promise.all([happen("park"), happen("A finishes")]);
      const state = (await store.item(record))?.state;
      expect(["parked", "confirmed"]).toContain(state);
      // Marked, and then parked anew; or parked, and given back.
      expect(finished).toBe(state === "parked");
    }
  });

  it("that two redrives take at once is one's", async () => {
    const record = parkedRecord();
    const happen = await itemThat("confirmed", store, record);
    const took = await Promise.all([happen("A takes"), happen("B takes")]);
    expect(took.sort()).toEqual([false, true]);
  });

  it.each(["parked", "confirmed", "redriving", "redriven"] as const)(
    "that is %s, and has expired without being deleted, is kept as long as a new one when it is parked",
    async (was) => {
      const record = parkedRecord();
      const happen = await itemThat(was, store, record);
      const before = await store.item(record);
      if (before?.expiresAt === undefined) return;
      await store.parking.park({ ...record, parkedAt: record.parkedAt + 400 * 86_400_000 });
      expect((await store.item(record))!.expiresAt).toBe(before.expiresAt + 400 * 86_400);
      expect(happen).toBeDefined();
    },
  );
});

it("what is not in memory no redrive takes or finishes", async () => {
  const { where, take, finish } = memoryParking().hold("nobody's");
  expect([where, await take("A", held), await finish()]).toEqual(["memory", false, false]);
});
