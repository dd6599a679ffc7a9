import { isDate } from "../values/kinds.ts";
import { checkNumber } from "../values/number-option.ts";
import type { AnyAggregate } from "./aggregate.ts";
import type { Key } from "./keys.ts";

/** What windows are made of, checked: see `tumbling` and its siblings. */
export interface Definition<T> {
  readonly kind: Kind;
  /** How long a window is; of a session, how long nothing may come. */
  readonly sizeMs: number;
  /** Hopping: how far apart windows begin. */
  readonly hopMs: number;
  readonly keyOf: (value: T) => Key;
  /** The record's own time. Undefined: time is when records arrive. */
  readonly timeOf: ((value: T) => Moment) | undefined;
  readonly latenessMs: number;
  readonly names: readonly string[];
  /** In the order of their names. */
  readonly aggregates: readonly AnyAggregate<T>[];
  readonly maxStateBytes: number;
  /** Two of one text are compatible: state of the one can be read by the other. */
  readonly fingerprint: string;
}

/** `given`: whoever absorbs says which window it is. */
export type Kind = "tumbling" | "hopping" | "sliding" | "session" | "stagger" | "given";

/** A time: epoch milliseconds, a Date, or a text as `Date.parse` takes it, such as 2026-11-29T10:00:00Z. */
export type Moment = number | Date | string;

/** What all windows take. */
export interface WindowOptions<T, Aggregates extends Readonly<Record<string, AnyAggregate<T>>>> {
  /** What records are grouped by: one row for each key and window. @default all records of the shard are one group */
  readonly key?: (value: T) => Key;
  /**
   * The record's own time. Time goes on with the latest that was seen, but not beyond the arrival of its record: a clock that is
   * ahead closes nothing. @default when Kinesis took the record in; never less than what was seen before
   */
  readonly time?: (value: T) => Moment;
  /** How long a window stays open after its end, for records that come late; needs `time`. @default 0 */
  readonly allowedLatenessInSeconds?: number;
  /** What a row has beside `key`, `start`, `end` and `id`, each by its name. */
  readonly aggregate: Aggregates;
  /** What the windows of one shard may take in memory, in bytes. Beyond it the next record fails, and nothing is lost. @default 16777216 (16 MiB) */
  readonly maxStateBytes?: number;
}

const reserved = new Set(["id", "key", "start", "end", "__proto__"]);

/** Checks what was given. Throws where it is wrong. */
export function define<T>(
  kind: Kind,
  lengths: { readonly sizeMs: number; readonly hopMs?: number },
  options: WindowOptions<T, Readonly<Record<string, AnyAggregate<T>>>>,
  who: string = kind,
): Definition<T> {
  const refuse = (isWrong: boolean, why: string) => {
    if (isWrong) throw new TypeError(`${who}: ${why}`);
  };
  refuse(typeof options !== "object" || options === null, "its second argument must be options.");
  const { key = () => null, time, allowedLatenessInSeconds, aggregate, maxStateBytes } = options;
  for (const option of Object.keys(options)) {
    refuse(!known.has(option), `there is no option ${option}.`);
  }
  refuse(typeof key !== "function", "key must be a function.");
  refuse(time !== undefined && typeof time !== "function", "time must be a function.");
  refuse(
    kind === "stagger" && time !== undefined,
    "it opens when a record arrives, so it takes no time. Put the record's own time, rounded, into the key.",
  );
  refuse(
    allowedLatenessInSeconds !== undefined && time === undefined,
    "allowedLatenessInSeconds needs time: by arrival nothing is late.",
  );
  checkNumber(`${kind}: allowedLatenessInSeconds`, allowedLatenessInSeconds, {
    least: 0,
    most: 31 * 86_400,
  });
  checkNumber(`${kind}: maxStateBytes`, maxStateBytes, { least: 1024, most: 2 ** 32 });
  const names = Object.keys(aggregate ?? {});
  refuse(names.length === 0, "aggregate must name at least one, such as { count: count() }.");
  for (const name of names) {
    refuse(
      reserved.has(name),
      `a row has a field ${name} already: give the aggregate another name.`,
    );
    refuse(
      typeof aggregate[name]?.add !== "function" || typeof aggregate[name]?.write !== "function",
      `aggregate.${name} must be an aggregate, such as count() or max((value) => value.price).`,
    );
  }
  const aggregates = names.map((name) => aggregate[name]!);
  const { sizeMs, hopMs = sizeMs } = lengths;
  const said = names.map((name, place) => `${name}=${aggregates[place]!.name}`).join(" ");
  return {
    kind,
    sizeMs,
    hopMs,
    keyOf: key,
    timeOf: time,
    latenessMs: Math.round((allowedLatenessInSeconds ?? 0) * 1000),
    names,
    aggregates,
    maxStateBytes: maxStateBytes ?? 16 * 2 ** 20,
    fingerprint: `${kind} ${sizeMs} ${hopMs} by ${time ? "time" : "arrival"}: ${said}`,
  };
}

const known = new Set(["key", "time", "allowedLatenessInSeconds", "aggregate", "maxStateBytes"]);

/** Seconds that a length of a window is given in, as milliseconds. */
export function milliseconds(option: string, seconds: unknown): number {
  if (seconds === undefined) throw new TypeError(`${option} is missing.`);
  checkNumber(option, seconds, { least: 0.001, most: 366 * 86_400 });
  return Math.round((seconds as number) * 1000);
}

/** A time in epoch milliseconds. */
export function momentOf(moment: unknown): number {
  const ms = isDate(moment)
    ? moment.getTime()
    : typeof moment === "string"
      ? Date.parse(moment)
      : moment;
  if (typeof ms === "number" && Math.abs(ms) <= 8_640_000_000_000_000) return Math.floor(ms);
  const what = typeof moment === "string" ? JSON.stringify(moment) : String(moment);
  throw new TypeError(
    `time gave ${what}; it must give epoch milliseconds, a Date, or a text such as 2026-11-29T10:00:00Z.`,
  );
}
