/** The windows that there are. */
import { checkNumber } from "../values/number-option.ts";
import type { AnyAggregate } from "./aggregate.ts";
import { type Definition, define, milliseconds, type WindowOptions } from "./definition.ts";
import type { Row } from "./rows.ts";

/** Windows of one kind, and what their rows have: what the option `window` takes. */
export interface Windows<T, R> {
  readonly definition: Definition<T>;
  /** Those are `LambdaWindows`. */
  readonly ofLambda?: undefined;
  /** Only a type: what rows are. */
  readonly row?: R;
  /** Of the shardmill that they come from, and known to that alone. */
  readonly rules?: { readonly planOf: (options: never, version: string) => unknown };
}

type Table<T> = Readonly<Record<string, AnyAggregate<T>>>;

/**
 * Windows that follow one another: each record is in one. They begin at multiples of their length, counted from 1970-01-01 UTC, and
 * close when time passes their end.
 */
export function tumbling<T = any, A extends Table<T> = Table<T>>(
  { seconds }: { readonly seconds: number },
  options: WindowOptions<T, A>,
): Windows<T, Row<A>> {
  const sizeMs = milliseconds("tumbling: seconds", seconds);
  return { definition: define("tumbling", { sizeMs }, options) };
}

/**
 * Windows that overlap: one begins every `everySeconds`, and lasts `seconds`, so that a record is in several, at most 1,000. A record that
 * is late for some of them is in the others.
 */
export function hopping<T = any, A extends Table<T> = Table<T>>(
  { seconds, everySeconds }: { readonly seconds: number; readonly everySeconds: number },
  options: WindowOptions<T, A>,
): Windows<T, Row<A>> {
  const sizeMs = milliseconds("hopping: seconds", seconds);
  const hopMs = milliseconds("hopping: everySeconds", everySeconds);
  checkNumber("hopping: everySeconds", everySeconds, {
    least: seconds / 1000,
    most: seconds,
  });
  return { definition: define("hopping", { sizeMs, hopMs }, options) };
}

/**
 * A window that ends with each record: a row for each, of the records of its key that came before it and are at most `seconds` older, and
 * itself. One that is exactly as old counts; records of one time are taken one by one.
 */
export function sliding<T = any, A extends Table<T> = Table<T>>(
  { seconds }: { readonly seconds: number },
  options: WindowOptions<T, A>,
): Windows<T, Row<A>> {
  const sizeMs = milliseconds("sliding: seconds", seconds);
  return { definition: define("sliding", { sizeMs }, options) };
}

/**
 * A window for as long as something comes: it begins with a key's record, and ends `gapSeconds` after its last one. One that comes exactly
 * then begins the next. With `time`, a record that comes late may make one of two sessions.
 */
export function session<T = any, A extends Table<T> = Table<T>>(
  { gapSeconds }: { readonly gapSeconds: number },
  options: WindowOptions<T, A>,
): Windows<T, Row<A>> {
  const sizeMs = milliseconds("session: gapSeconds", gapSeconds);
  return { definition: define("session", { sizeMs }, options) };
}

/**
 * A window that opens when a key's first record arrives, and lasts `seconds`; the next record of the key opens the next. For groups that
 * arrive together: with the record's own time, rounded, in the key, what comes late is still in one row.
 */
export function stagger<T = any, A extends Table<T> = Table<T>>(
  { seconds }: { readonly seconds: number },
  options: WindowOptions<T, A>,
): Windows<T, Row<A>> {
  const sizeMs = milliseconds("stagger: seconds", seconds);
  return { definition: define("stagger", { sizeMs }, options) };
}
