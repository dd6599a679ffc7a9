import { type BatchRecord, NonRetryableError } from "shardmill";
import { type Sink, sinkTo } from "shardmill/sinks";
import { expect, it } from "vitest";

const records = ["a", "b", "c"].map((value) => ({ value })) as unknown as BatchRecord<string>[];
const context = { signal: new AbortController().signal, remainingMs: 1000 };

/** Takes all but those for which there is an error. */
function taking(errors: Readonly<Record<string, unknown>>) {
  const taken: string[] = [];
  const sink: Sink<string> = async (records) => {
    const isFailed = ({ value }: BatchRecord<string>) => value in errors;
    taken.push(...records.filter((record) => !isFailed(record)).map(({ value }) => value));
    return {
      failed: records.filter(isFailed).map((record) => ({ record, error: errors[record.value] })),
    };
  };
  return { sink, taken };
}

const failuresOf = async (sink: Sink<string>) =>
  (await sink(records, context))?.failed.map(({ error, record }) => [record.value, error]);

it("a record is done when it is in all of them", async () => {
  const [first, second] = [taking({ a: "no" }), taking({ c: "late" })];
  expect(await failuresOf(sinkTo(first.sink, second.sink))).toEqual([
    ["a", "no"],
    ["c", "late"],
  ]);
  expect([first.taken, second.taken]).toEqual([
    ["b", "c"],
    ["a", "b"],
  ]);
});

it("all are done where none fails", async () => {
  expect(await failuresOf(sinkTo(taking({}).sink, taking({}).sink))).toBeUndefined();
});

it("a record is parked only when no other sink waits for it", async () => {
  const final = new NonRetryableError("never");
  const sinks = [taking({ a: final, b: final }).sink, taking({ a: "later" }).sink] as const;
  const wanted = [
    ["a", "later"],
    ["b", final],
  ];
  expect(await failuresOf(sinkTo(...sinks))).toEqual(wanted);
  expect(await failuresOf(sinkTo(sinks[1], sinks[0]))).toEqual(wanted);
});

it("what one throws is thrown once the others have ended", async () => {
  let hasEnded = false;
  const slow: Sink<string> = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    hasEnded = true;
    return undefined;
  };
  const throwing = () => {
    throw new Error("no");
  };
  await expect(sinkTo<string>(throwing, slow)(records, context)).rejects.toThrow("no");
  expect(hasEnded).toBe(true);
});

it("no sinks, and what is none, are refused", () => {
  expect(() => sinkTo()).toThrow("give at least one sink");
  expect(() => sinkTo(undefined as never)).toThrow("a sink is undefined");
  expect(() => sinkTo({} as never)).toThrow("a sink must be a function");
});
