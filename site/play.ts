/** What a page plays: records through a stream, Lambda's mapping and a function, under a virtual clock. Plain data in, plain data out. */
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type TestConsumer, testConsumer } from "shardmill/testing";

export interface Scene {
  readonly records: readonly PlayedRecord[];
  /** Which record's effect fails, from 1 on. Undefined: none. */
  readonly failing: number | undefined;
  readonly fails: "once" | "always";
  /** `plain`: a function without shardmill, which does one record after the other and throws at the first that fails. */
  readonly handler: "plain" | "shardmill";
  readonly bisect: boolean;
  readonly batchSize: number;
  /** How often a record is tried again: by the mapping's `maximumRetryAttempts`, or by the consumer's `maxAttempts`. */
  readonly retries: number;
}

export interface PlayedRecord {
  readonly key: string;
  readonly value: string;
}

/** What an invocation did with a record. `again`: its effect had happened before. `known`: the log said so, and it did not happen again. */
export type Did = "done" | "again" | "known" | "failed" | "not begun";

export interface Invocation {
  /** The place in the list of the invocation that this one is a part of. */
  readonly parent: number | undefined;
  /** How many batches it is a part of. */
  readonly depth: number;
  /** What its batch is: `a batch`, `a half of invocation 1`… */
  readonly of: string;
  readonly records: readonly { readonly record: number; readonly did: Did }[];
  readonly answer: string;
  /** What the mapping does with the batch now. */
  readonly next: string;
  /** Virtual milliseconds since the first invocation began. */
  readonly at: number;
}

export interface Fate extends PlayedRecord {
  /** How often its effect happened. */
  readonly effects: number;
  readonly end: "done" | "parked" | "given up";
}

export interface Story {
  readonly invocations: readonly Invocation[];
  /** One for each record, in their order. */
  readonly fates: readonly Fate[];
}

interface Value {
  readonly record: number;
  readonly value: string;
}

type Batch = {
  readonly Records: readonly {
    readonly kinesis: { readonly data: string; readonly sequenceNumber: string };
  }[];
};

/** Plays a scene to its end. Equal scenes have equal stories. */
export async function play(scene: Scene): Promise<Story> {
  const { records, handler, retries } = scene;
  const effects = records.map(() => 0);
  const numbers = new Map<string, number>();
  const seen: { readonly did: Map<number, Did>; answer: string }[] = [];
  let hasFailed = false;

  function effect({ record }: Value): void {
    const { did } = seen.at(-1)!;
    if (record === scene.failing && (scene.fails === "always" || !hasFailed)) {
      hasFailed = true;
      did.set(record, "failed");
      throw new Error(`record ${record} fails`);
    }
    effects[record - 1]! += 1;
    did.set(record, effects[record - 1] === 1 ? "done" : "again");
  }

  const parking = memoryParking();
  const consumer = kinesisConsumer({
    consumer: "page",
    decode: json(),
    progress: memoryProgress(),
    park: parking,
    maxAttempts: retries + 1,
    process: (value) => effect(value as Value),
  });

  async function plain({ Records }: Batch): Promise<void> {
    for (const { kinesis } of Records) effect(valueIn(kinesis.data));
  }

  /** The function, with somebody who writes down what is in a batch and what is answered. */
  async function watched(event: Batch, context: object) {
    const batch = event.Records.map(({ kinesis }) => {
      const { record } = valueIn(kinesis.data);
      numbers.set(kinesis.sequenceNumber, record);
      return record;
    });
    const isKnown = (record: number) => handler === "shardmill" && effects[record - 1]! > 0;
    const did = new Map(
      batch.map((record): [number, Did] => [record, isKnown(record) ? "known" : "not begun"]),
    );
    const invocation = { did, answer: "It answers that all is done" };
    seen.push(invocation);
    try {
      if (handler === "plain") return await plain(event);
      const response = await consumer(event as never, context as never);
      const failure = response.batchItemFailures[0]?.itemIdentifier;
      if (failure !== undefined) {
        invocation.answer = `It answers that record ${numbers.get(failure)} is the first that is not done`;
      }
      return response;
    } catch (error) {
      invocation.answer = `It throws “${(error as Error).message}”`;
      throw error;
    }
  }

  const t = await testConsumer(watched as never, {
    settings: {
      batchSize: scene.batchSize,
      bisectBatchOnFunctionError: scene.bisect,
      // Who parks must not be given up by the mapping before.
      maximumRetryAttempts: handler === "plain" ? retries : -1,
      functionResponseTypes: handler === "plain" ? [] : ["ReportBatchItemFailures"],
    },
  });
  const values = records.map(({ value }, place): Value => ({ record: place + 1, value }));
  await t.put(values, { partitionKey: (_, place) => records[place]!.key });
  await t.drain();
  const { trace } = t;
  await t.close();

  const parked = new Set([...parking.parked.values()].map(({ data }) => recordIn(data)));
  const givenUp = new Set(
    trace
      .filter(({ next }) => next.step === "discarded")
      .flatMap(({ sequenceNumbers }) => sequenceNumbers.map((one) => numbers.get(one)!)),
  );
  return {
    invocations: invocationsOf(trace, seen),
    fates: records.map((record, place) => ({
      ...record,
      effects: effects[place]!,
      end: parked.has(place + 1) ? "parked" : givenUp.has(place + 1) ? "given up" : "done",
    })),
  };
}

const recordIn = (data: Uint8Array): number => JSON.parse(new TextDecoder().decode(data)).record;

const valueIn = (data: string): Value => JSON.parse(Buffer.from(data, "base64").toString());

function invocationsOf(
  trace: TestConsumer["trace"],
  seen: readonly { readonly did: ReadonlyMap<number, Did>; readonly answer: string }[],
): Invocation[] {
  /** By request id: the place of its latest attempt. */
  const latest = new Map<string, number>();
  const invocations: Invocation[] = [];
  for (const [place, entry] of trace.entries()) {
    const before = latest.get(entry.requestId);
    const parent = entry.parent === undefined ? undefined : latest.get(entry.parent);
    const { did, answer } = seen[place]!;
    invocations.push({
      parent,
      depth: parent === undefined ? 0 : invocations[parent]!.depth + 1,
      of: partOf(trace, before, parent),
      records: [...did].map(([record, what]) => ({ record, did: what })),
      answer,
      next: words(entry.next),
      at: entry.at - trace[0]!.at,
    });
    latest.set(entry.requestId, place);
  }
  return invocations;
}

function partOf(
  trace: TestConsumer["trace"],
  before: number | undefined,
  parent: number | undefined,
): string {
  if (before !== undefined) return `the batch of invocation ${before + 1} again`;
  if (parent === undefined) return "a batch";
  const part = trace[parent]!.next.step === "halves" ? "a half" : "the rest";
  return `${part} of invocation ${parent + 1}`;
}

function words(next: TestConsumer["trace"][number]["next"]): string {
  switch (next.step) {
    case "done":
      return "the mapping goes on behind it";
    case "rest":
      return "what is not done comes again, as a batch of its own";
    case "halves":
      return "it comes again, as two halves";
    case "discarded":
      return "its attempts are used up, and the mapping gives it up";
    case "retry":
      return `it comes again after ${next.pause / 1000} s`;
  }
}
