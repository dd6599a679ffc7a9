/**
 * What is about to be written, said before it is: an intent names the parts of a batch, and the records in each. Whoever has some of
 * these records again finds it, and settles what became of each part.
 *
 * An intent's key begins with the last position that it speaks of, so those that may overlap a batch stand after the batch's first position.
 */
import type { Bucket } from "./bucket.ts";
import { type NamesText, namesIn } from "./names.ts";
import type { Cut, Ends, Part, Row } from "./part.ts";

/** What stands under the key of a part for good: the part itself, or what keeps it out. */
export type Outcome = "part" | "fence";

/** Says of parts what stands under their keys. Where there is nothing yet, it puts a fence: whoever would write the part later is refused. */
export type Settle = (keys: readonly string[]) => Promise<ReadonlyMap<string, Outcome>>;

export interface Intents {
  /** States an intent; resolves to its key. Undefined: the same was stated before, by somebody else or by a call whose reply was lost. */
  state(bucket: Bucket, cut: Cut): Promise<string | undefined>;
  /** Says of parts of one's own that they were not written, and will not be: they need no fence. */
  abandon(parts: readonly Part[]): void;
  /** Which of the rows are in parts of other intents than one's own, and there. A part that is not there will never be. */
  doneElsewhere(
    bucket: Bucket,
    rows: readonly Row[],
    ends: Ends,
    own: string | undefined,
    settle: Settle,
  ): Promise<ReadonlySet<string>>;
}

/** What an environment remembers, of outcomes and of the text of intents: neither ever changes. */
const mostOutcomes = 1000;
const mostText = 1024 * 1024;

/** The intents in a folder of a bucket. */
export type IntentsOf = (folder: string) => Intents;

export function s3Intents(ledger: string): IntentsOf {
  const outcomes = new Map<string, Outcome>();
  const known = new Map<string, string>();
  let size = 0;

  function settled(key: string, outcome: Outcome): Outcome {
    if (outcomes.size >= mostOutcomes) outcomes.clear();
    outcomes.set(key, outcome);
    return outcome;
  }

  function stated(key: string, text: string): string {
    size += text.length;
    if (size > mostText) {
      known.clear();
      size = 0;
    } else known.set(key, text);
    return text;
  }

  async function read(bucket: Bucket, key: string): Promise<readonly Intended[]> {
    const there = known.get(key);
    if (there !== undefined) return parseIntent(key, there);
    const text = await bucket.text(key);
    return text === undefined ? [] : parseIntent(key, stated(key, text));
  }

  return (folder) => ({
    async state(bucket, { ends, id, parts }) {
      const key = `${ledger}${folder}${ends.last}-${id}.json`;
      const text = formatIntent(parts);
      const body = Buffer.from(text);
      if (!(await bucket.putNew(key, { body, contentType: "application/json" }))) return undefined;
      stated(key, text);
      return key;
    },

    abandon(parts) {
      for (const { key } of parts) settled(key, "fence");
    },

    async doneElsewhere(bucket, rows, { first, last }, own, settle) {
      let names: Set<string> | undefined;
      const base = `${ledger}${folder}`;
      const common = new Map<string, readonly string[]>();
      for (const { key } of await bucket.list(base, `${base}${first}`)) {
        const [, itsFirst = ""] = key.slice(base.length).split("-");
        if (key === own || itsFirst > last) continue;
        for (const part of await read(bucket, key)) {
          names ??= new Set(rows.map(({ name }) => name));
          const its = part.names.filter((name) => names!.has(name));
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

/** `{ "v": 2, "parts": [{ "key": "…", "names": … }] }` */
const formatIntent = (parts: readonly Part[]): string => {
  const texts = parts.map(({ key, names }) => `{"key":${JSON.stringify(key)},"names":${names}}`);
  return `{"v":2,"parts":[${texts.join()}]}`;
};

/** A part of somebody's, as its intent names it. */
interface Intended {
  readonly key: string;
  readonly names: readonly string[];
}

function parseIntent(key: string, text: string): Intended[] {
  const { parts, v } = JSON.parse(text);
  if (v !== 2) {
    throw new Error(
      `The intent ${key} has the version ${v}, which this version of shardmill does not read. Give the sink another name.`,
    );
  }
  return parts.map(({ key, names }: { key: string; names: NamesText }) => ({
    key,
    names: namesIn(names),
  }));
}
