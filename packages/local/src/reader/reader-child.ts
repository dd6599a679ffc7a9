/**
 * The child process that reads with a handler's own code: loads it, takes the options that `kinesisConsumer` has left on it, and answers
 * its parent's questions. An entry of its own. Arguments: the handler's file and export.
 */
import { inspect, isDeepStrictEqual } from "node:util";
import type { Plan } from "../../../../src/consumer/plan.ts";
import { isDropped } from "../../../../src/record/decode/decoder.ts";
import type { UserRecord } from "../../../../src/record/user-record.ts";
import { type Handler, loadHandler } from "../lambda/hosts/runtime/handler.ts";
import type {
  ReadingAnswer,
  ReadingQuestion,
  ReadRecord,
  ReadState,
  ReadWindow,
  RecordToRead,
  StateToRead,
} from "./reading.ts";

const [file = "", exportName = ""] = process.argv.slice(2);
const windowsTold = 20;
const shown = { depth: 10, maxArrayLength: 200, maxStringLength: 10_000, breakLength: 100 };

const plan = loadHandler(file, exportName).then((handler) => {
  const own = (handler as Handler & Record<symbol, unknown>)[Symbol.for("shardmill.options")];
  if (own) return own as Plan<unknown>;
  throw new Error("The handler is no kinesisConsumer.");
});
// It is asked for with each question.
plan.catch(() => {});

async function readRecord(
  { decode }: Plan<unknown>,
  { data: base64, ...rest }: RecordToRead,
): Promise<ReadRecord> {
  const data = new Uint8Array(Buffer.from(base64, "base64"));
  const record: UserRecord = { ...rest, data, aggregated: rest.subSequenceNumber > 0 };
  try {
    const value = await decode(data, record);
    if (isDropped(value)) return { dropped: true };
    if (isJsonOf(data, value)) return { isJson: true };
    return { text: typeof value === "string" ? value : inspect(value, shown) };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

function isJsonOf(data: Uint8Array, value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(Buffer.from(data).toString()), value);
  } catch {
    return false;
  }
}

/** What of a machine of windows is read here; one of SQL has none of it. */
interface Windows {
  readonly watermark: number;
  readonly definition: {
    readonly kind: string;
    readonly latenessMs: number;
    readonly names: readonly string[];
    readonly aggregates: readonly { result(state: unknown): unknown }[];
  };
  readonly groups: ReadonlyMap<
    number,
    {
      readonly key: string;
      readonly start: number;
      readonly end: number;
      readonly isClosed: boolean;
      readonly states: readonly unknown[];
    }
  >;
}

function readState({ counted }: Plan<unknown>, { changes, whole }: StateToRead): ReadState {
  if (!counted) throw new Error("The consumer counts in no windows.");
  const { kind } = counted;
  const machine = kind.create();
  if (whole !== undefined) kind.apply(machine, Buffer.from(whole, "base64"));
  const parts = changes.map((change) => Buffer.from(change, "base64"));
  for (const part of parts) kind.apply(machine, part);
  const all = {
    ...{ bytes: machine.bytes, due: machine.due.length },
    rows: parts.map((part) => kind.slotsGone(part).length),
  };
  if (kind.what !== "windows") return { of: "application", ...all, windows: [] };
  const { definition, groups, watermark } = machine as unknown as Windows;
  const open = [...groups.values()].sort(
    (a, b) => Number(b.isClosed) - Number(a.isClosed) || a.end - b.end || a.start - b.start,
  );
  return {
    ...{ of: "windows", ...all, open: groups.size - all.due },
    ...(Number.isFinite(watermark) && { watermark }),
    windows: open.slice(0, windowsTold).map(({ end, isClosed, key, start, states }): ReadWindow => {
      const results = definition.aggregates.map((each, at) => each.result(states[at]));
      return {
        // Behind a zero stands a key in JSON.
        ...{ key: key.replace("\u0000", ""), start, end, isDue: isClosed },
        closesAt: end + definition.latenessMs,
        values: Object.fromEntries(definition.names.map((name, at) => [name, plain(results[at])])),
      };
    }),
  };
}

/** As JSON can carry it. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_, one) => (typeof one === "bigint" ? `${one}` : one)));

async function answer(question: ReadingQuestion): Promise<ReadingAnswer> {
  const { id } = question;
  try {
    const own = await plan;
    if ("state" in question) return { id, state: readState(own, question.state) };
    return { id, records: await Promise.all(question.records.map((one) => readRecord(own, one))) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

process.on("message", (question: ReadingQuestion) => {
  void answer(question).then((answered) => process.send?.(answered));
});
// Ends with its parent.
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {});
