/**
 * What is about to be written, said before it is: an intent names the parts of a batch, and the records in each. Whoever has some of
 * these records again finds it, and settles what became of each part.
 *
 * An intent's key begins with the last position that it speaks of, so those that may overlap a batch stand after the batch's first position.
 */
import type { Bucket } from "./bucket.ts";
import { endsOf, type Part, type Row } from "./part.ts";

/** A part of somebody's, as its intent names it. */
interface Intended {
  readonly key: string;
  readonly names: readonly string[];
}

export interface Intents {
  /** States an intent. False: the same was stated before, by somebody else or by a call whose reply was lost. */
  state(
    bucket: Bucket,
    folder: string,
    rows: readonly Row[],
    parts: readonly Part[],
    id: string,
  ): Promise<boolean>;
  /** Says of parts of one's own that they were not written, and will not be: they need no fence. */
  abandon(parts: readonly Part[]): void;
  /** Which of the rows are in parts that others intended, and that are there. A part that is not there will never be. */
  doneElsewhere(
    bucket: Bucket,
    folder: string,
    rows: readonly Row[],
    own: readonly Part[],
  ): Promise<ReadonlySet<string>>;
}

/** Outcomes and intents that an environment remembers: neither ever changes. */
const mostRemembered = 1000;

export function s3Intents(ledger: string, emptyFile: () => Promise<Fence>): Intents {
  const outcomes = new Map<string, "part" | "fence">();
  const known = new Map<string, readonly Intended[]>();
  const remember = <V>(map: Map<string, V>, key: string, value: V): V => {
    if (map.size >= mostRemembered) map.clear();
    map.set(key, value);
    return value;
  };

  async function settle(bucket: Bucket, key: string): Promise<"part" | "fence"> {
    const settled = outcomes.get(key) ?? (await bucket.look(key));
    if (settled) return remember(outcomes, key, settled);
    // Either the fence is first, or the part: S3 decides, whoever is still alive.
    const isFenced = await bucket.putNew(key, { ...(await emptyFile()), isFence: true });
    const there = isFenced ? "fence" : await bucket.look(key);
    if (there) return remember(outcomes, key, there);
    throw new Error(`s3Sink: ${key} was there, and is gone: its records are tried again.`);
  }

  async function read(bucket: Bucket, key: string): Promise<readonly Intended[]> {
    const text = known.has(key) ? undefined : await bucket.text(key);
    return known.get(key) ?? remember(known, key, text === undefined ? [] : parseIntent(text));
  }

  return {
    async state(bucket, folder, rows, parts, id) {
      const key = `${ledger}${folder}${endsOf(rows).last}-${id}.json`;
      const body = formatIntent(parts);
      const isOurs = await bucket.putNew(key, { body, contentType: "application/json" });
      if (isOurs) remember(known, key, parts.map(asIntended));
      return isOurs;
    },

    abandon(parts) {
      for (const { key } of parts) remember(outcomes, key, "fence");
    },

    async doneElsewhere(bucket, folder, rows, own) {
      const { first, last } = endsOf(rows);
      const ours = new Set(own.map(({ key }) => key));
      let names: Set<string> | undefined;
      const base = `${ledger}${folder}`;
      const done = new Set<string>();
      for (const key of await bucket.list(base, `${base}${first}`)) {
        const [, itsFirst = ""] = key.slice(base.length).split("-");
        if (itsFirst > last) continue;
        for (const part of await read(bucket, key)) {
          if (ours.has(part.key)) continue;
          names ??= new Set(rows.map(({ name }) => name));
          const common = part.names.filter((name) => names!.has(name));
          if (common.length === 0) continue;
          if ((await settle(bucket, part.key)) === "part")
            for (const name of common) done.add(name);
        }
      }
      return done;
    },
  };
}

/** A file without rows, which a reader of the others can read. */
export interface Fence {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
}

const asIntended = ({ key, rows }: Part): Intended => ({
  key,
  names: rows.map(({ name }) => name),
});

/** `{ "v": 1, "parts": [{ "key": "…", "names": "<16 bytes a record, base64>" }] }` */
const formatIntent = (parts: readonly Part[]): string =>
  JSON.stringify({
    v: 1,
    parts: parts.map(({ key, rows }) => ({
      key,
      names: Buffer.from(rows.map(({ name }) => name).join(""), "hex").toString("base64"),
    })),
  });

function parseIntent(text: string): Intended[] {
  const { parts, v } = JSON.parse(text);
  if (v !== 1) throw new Error(`s3Sink: an intent has the version ${v}, which is none of ours.`);
  return parts.map(({ key, names }: { key: string; names: string }) => ({
    key,
    names: Buffer.from(names, "base64").toString("hex").match(/.{32}/g) ?? [],
  }));
}
