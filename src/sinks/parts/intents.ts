/**
 * What is about to be written, said before it is: an intent names the parts of a batch, and the records in each. Whoever has some of
 * these records again finds it, and settles what became of each part.
 *
 * An intent's key begins with the last position that it speaks of, so those that may overlap a batch stand after the batch's first position.
 */
import type { Bucket } from "./bucket.ts";
import { type Cut, type Ends, nameLength, type Part, type Row } from "./part.ts";

/** What stands under the key of a part for good: the part itself, or what keeps it out. */
export type Outcome = "part" | "fence";

/** Says of parts what stands under their keys. Where there is nothing yet, it puts a fence: whoever would write the part later is refused. */
export type Settle = (keys: readonly string[]) => Promise<ReadonlyMap<string, Outcome>>;

/** A part of somebody's, as its intent names it. */
interface Intended {
  readonly key: string;
  /** One behind the other. */
  readonly names: string;
}

export interface Intents {
  /** States an intent. False: the same was stated before, by somebody else or by a call whose reply was lost. */
  state(bucket: Bucket, cut: Cut): Promise<boolean>;
  /** Says of parts of one's own that they were not written, and will not be: they need no fence. */
  abandon(parts: readonly Part[]): void;
  /** Which of the rows are in parts that others intended, and that are there. A part that is not there will never be. */
  doneElsewhere(
    bucket: Bucket,
    rows: readonly Row[],
    ends: Ends,
    own: readonly Part[],
    settle: Settle,
  ): Promise<ReadonlySet<string>>;
}

/** What an environment remembers, of outcomes and of bytes of names: neither ever changes. */
const mostOutcomes = 1000;
const mostBytes = 1024 * 1024;

/** The intents in a folder of a bucket. */
export type IntentsOf = (folder: string) => Intents;

export function s3Intents(ledger: string): IntentsOf {
  const outcomes = new Map<string, Outcome>();
  const known = new Map<string, readonly Intended[]>();
  let bytes = 0;

  function settled(key: string, outcome: Outcome): Outcome {
    if (outcomes.size >= mostOutcomes) outcomes.clear();
    outcomes.set(key, outcome);
    return outcome;
  }

  function stated(key: string, parts: readonly Intended[]): readonly Intended[] {
    for (const { names } of parts) bytes += names.length;
    if (bytes > mostBytes) {
      known.clear();
      bytes = 0;
      return parts;
    }
    known.set(
      key,
      parts.map(({ key, names }) => ({ key, names })),
    );
    return parts;
  }

  async function read(bucket: Bucket, key: string): Promise<readonly Intended[]> {
    const there = known.get(key);
    if (there) return there;
    const text = await bucket.text(key);
    return stated(key, text === undefined ? [] : parseIntent(text));
  }

  return (folder) => ({
    async state(bucket, { ends, id, parts }) {
      const key = `${ledger}${folder}${ends.last}-${id}.json`;
      const body = formatIntent(parts);
      const isOurs = await bucket.putNew(key, { body, contentType: "application/json" });
      if (isOurs) stated(key, parts);
      return isOurs;
    },

    abandon(parts) {
      for (const { key } of parts) settled(key, "fence");
    },

    async doneElsewhere(bucket, rows, { first, last }, own, settle) {
      const ours = new Set(own.map(({ key }) => key));
      let names: Set<string> | undefined;
      const base = `${ledger}${folder}`;
      const common = new Map<string, readonly string[]>();
      for (const { key } of await bucket.list(base, `${base}${first}`)) {
        const [, itsFirst = ""] = key.slice(base.length).split("-");
        if (itsFirst > last) continue;
        for (const part of await read(bucket, key)) {
          if (ours.has(part.key)) continue;
          names ??= new Set(rows.map(({ name }) => name));
          const its = split(part.names).filter((name) => names!.has(name));
          if (its.length > 0) common.set(part.key, its);
        }
      }
      const found = new Map([...common.keys()].map((key) => [key, outcomes.get(key)]));
      const unknown = [...common.keys()].filter((key) => found.get(key) === undefined);
      if (unknown.length > 0) {
        for (const [key, outcome] of await settle(unknown)) {
          found.set(key, settled(key, outcome));
        }
      }
      const done = new Set<string>();
      for (const [key, its] of common) {
        if (found.get(key) === "part") for (const name of its) done.add(name);
      }
      return done;
    },
  });
}

/** `{ "v": 1, "parts": [{ "key": "…", "names": "<16 bytes a record, base64>" }] }` */
const formatIntent = (parts: readonly Part[]): string =>
  JSON.stringify({
    v: 1,
    parts: parts.map(({ key, names }) => ({
      key,
      names: Buffer.from(names, "latin1").toString("base64"),
    })),
  });

function parseIntent(text: string): Intended[] {
  const { parts, v } = JSON.parse(text);
  if (v !== 1) throw new Error(`An intent of a sink has the version ${v}, which is none of ours.`);
  return parts.map(({ key, names }: { key: string; names: string }) => ({
    key,
    names: Buffer.from(names, "base64").toString("latin1"),
  }));
}

const split = (names: string): string[] =>
  Array.from({ length: names.length / nameLength }, (_, at) =>
    names.slice(at * nameLength, (at + 1) * nameLength),
  );
