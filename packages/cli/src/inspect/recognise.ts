/** What a file holds, by its content: see the manual page for what is recognised. */
import { gunzipSync } from "node:zlib";
import { locateMistake } from "../input/parse-json.ts";
import { aggregateFinding } from "./aggregate.ts";
import { failureDocument } from "./failure-document.ts";
import { type Finding, fromBase64, isObject, type Kind, type Path, pathText } from "./finding.ts";
import { firehoseEvent } from "./firehose-event.ts";
import { type LineOf, linesOf } from "./line-of.ts";
import { parkedKey } from "./parked-key.ts";
import { parkedRecord } from "./parked-record.ts";
import { progressEntry } from "./progress-entry.ts";
import { sequenceNumberFinding } from "./sequence-number.ts";
import { getRecordsAnswer, kinesisEvent, recordedRecord } from "./stream-events.ts";
import { isAggregateLike } from "./stream-record.ts";
import { unwrapped } from "./wrappings.ts";

/** Something in the input: what it is, or why that cannot be told. */
export interface Recognised {
  readonly place: Place;
  readonly found: Finding | { readonly failure: string };
}

/** Where it stands in the input. */
export interface Place {
  /** In the JSON that the input, or a line of it, is. */
  readonly path: Path;
  /** Of something in that JSON. Undefined: the input has no lines. */
  readonly lineOf: LineOf;
}

/** The most specific first: a parked record has what a recorded one has, and more. */
const kinds: readonly Kind[] = [
  kinesisEvent,
  firehoseEvent,
  failureDocument,
  parkedRecord,
  progressEntry,
  parkedKey,
  getRecordsAnswer,
  recordedRecord,
];

/** As a person writes them. */
const magicText = "F3 89 9A C2";

export async function recognise(input: Uint8Array): Promise<Recognised[]> {
  const bytes = input[0] === 0x1f && input[1] === 0x8b ? gunzipSync(input) : input;
  const place: Place = { path: [], lineOf: () => undefined };
  if (isAggregateLike(bytes)) return [{ place, found: attempt(() => aggregateFinding(bytes)) }];
  const text = textOf(bytes);
  if (text !== undefined) return recogniseText(text);
  const failure = unknown([
    `an aggregated record: it does not begin with ${magicText}`,
    "JSON, base64, a sequence number: it is no text in UTF-8",
  ]);
  return [{ place, found: { failure } }];
}

/** UTF-8, or what its byte order mark says, as PowerShell writes what a command prints. */
function textOf(bytes: Uint8Array): string | undefined {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString("hex");
  const name = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(name, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function recogniseText(text: string): Promise<Recognised[]> {
  const lines = text.split(/\r?\n/).map((content, at) => ({ content, line: at + 1 }));
  const filled = lines.filter(({ content }) => content.trim() !== "");
  const [first] = filled;
  if (!first) return [{ place: onLine(1), found: { failure: "it is empty." } }];
  const isJson = /^\s*[[{"]/.test(first.content);
  if (isJson && !(filled.length > 1 && parsed(first.content))) return recogniseJson(text, 1);
  const whole = fromBase64(filled.map(({ content }) => content.trim()).join(""));
  if (whole && isAggregateLike(whole)) {
    return [{ place: onLine(first.line), found: attempt(() => aggregateFinding(whole)) }];
  }
  const found = await Promise.all(filled.map(({ content, line }) => recogniseLine(content, line)));
  return found.flat();
}

const recogniseLine = (content: string, line: number): Promise<Recognised[]> =>
  /^\s*[[{"]/.test(content)
    ? recogniseJson(content, line)
    : Promise.resolve([{ place: onLine(line), found: recogniseWord(content.trim()) }]);

async function recogniseJson(json: string, line: number): Promise<Recognised[]> {
  const value = parsed(json);
  if (value) return recogniseValue(value.value, { path: [], lineOf: linesOf(json, line) });
  const mistake = locateMistake(json)!;
  return [
    {
      place: onLine(line + mistake.line - 1),
      found: { failure: `this begins as JSON does, and is none: ${mistake.what}.` },
    },
  ];
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

async function recogniseValue(value: unknown, place: Place): Promise<Recognised[]> {
  if (typeof value === "string") return recogniseInner(value, place);
  const inner = unwrapped(value, place.path);
  if (inner) {
    const found = inner.map(({ value, path }) => recogniseValue(value, { ...place, path }));
    return (await Promise.all(found)).flat();
  }
  if (!isObject(value)) {
    return [
      { place, found: { failure: `this is ${JSON.stringify(value)}, and nothing to inspect.` } },
    ];
  }
  const kind = kinds.find((kind) => kind.lacks(value) === undefined);
  if (kind) return [{ place, found: attempt(() => kind.read(value, place.path)) }];
  const tried = kinds.map((kind) => `${kind.name}: ${kind.lacks(value)}`);
  return [{ place, found: { failure: unknown(tried) } }];
}

/** A text within JSON: a message's body, or what somebody has quoted. */
async function recogniseInner(text: string, place: Place): Promise<Recognised[]> {
  const value = parsed(text);
  const isJson = value && typeof value.value === "object" && value.value !== null;
  if (!isJson) return [{ place, found: recogniseWord(text.trim()) }];
  const things = await recogniseValue(value.value, onLine(1));
  return things.map(({ found, place: inner }) => ({ place, found: within(found, place, inner) }));
}

/** The lines of a text within JSON are not those of the file. */
function within(found: Recognised["found"], { path }: Place, inner: Place): Recognised["found"] {
  if ("failure" in found) return found;
  const problems = found.problems.map((problem) => ({
    path,
    what: [pathText([...inner.path, ...problem.path]), problem.what].filter(Boolean).join(": "),
  }));
  return { ...found, problems };
}

const onLine = (line: number): Place => ({ path: [], lineOf: () => line });

function recogniseWord(text: string): Recognised["found"] {
  const number = sequenceNumberFinding(text);
  if (number) return number;
  const bytes = fromBase64(text.replace(/\s/g, ""));
  if (bytes && isAggregateLike(bytes)) return attempt(() => aggregateFinding(bytes));
  return {
    failure: unknown([
      "a sequence number: it is not 20 digits or more, perhaps with a place behind a point",
      bytes
        ? `an aggregated record: as base64 it does not begin with ${magicText}`
        : "an aggregated record: it is no base64",
      'JSON: it begins with none of { [ and "',
    ]),
  };
}

function attempt(read: () => Finding): Recognised["found"] {
  try {
    return read();
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

const unknown = (tried: readonly string[]) =>
  `this is nothing that can be inspected. Tried:\n${tried.map((line) => `  ${line}`).join("\n")}`;
