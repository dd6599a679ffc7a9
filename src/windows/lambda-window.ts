/** Tumbling windows that Lambda itself keeps: which window a record is in the event says, and what it comes to stands in its `state`. */
import type { AnyAggregate } from "./aggregate.ts";
import { type Definition, define } from "./definition.ts";
import type { Key } from "./keys.ts";
import type { Row } from "./rows.ts";

/** What `lambdaWindow` takes. */
export interface LambdaWindowOptions<T, A extends Readonly<Record<string, AnyAggregate<T>>>> {
  /** What records are grouped by: one row for each key and window. @default all records of the shard are one group */
  readonly key?: (value: T) => Key;
  /** What a row has beside `key`, `start`, `end`, `id`, `part` and `isLast`, each by its name. */
  readonly aggregate: A;
  /**
   * Begins anew in the middle of a window: state that another epoch has left is not read, with a warning. Change it along with
   * `aggregate`, whose state is another then. @default none
   */
  readonly epoch?: string;
}

/** Whether a row has all of its window. */
export interface PartOfWindow {
  /** 1, and one more each time that what the window has come to filled the state, which begins anew then. */
  readonly part: number;
  /** Nothing of this window comes after it. With `part` 1 the row has all of it. */
  readonly isLast: boolean;
}

/** Windows of Lambda's, and what their rows have: what the option `window` takes in a function without progress. */
export interface LambdaWindows<T, R> {
  readonly definition: Definition<T>;
  readonly ofLambda: true;
  readonly epoch: string | undefined;
  /** Only a type: what rows are. */
  readonly row?: R;
  /** Of the shardmill that they come from, and known to that alone. */
  readonly rules?: { readonly planOf: (options: never, version: string) => unknown };
}

const known = new Set(["key", "aggregate", "epoch"]);

/**
 * The tumbling windows of the event source mapping (`TumblingWindowInSeconds`, 1 to 900), for functions without a table: records are in
 * the window in which they arrived, and what they come to goes from one invocation to the next in `state`, of which Lambda
 * takes 1 MB. What does not fit ends the part: its rows come at once, and the window goes on with an empty state.
 *
 * @example
 * window: lambdaWindow({ key: (t: Trade) => t.symbol, aggregate: { high: max((t: Trade) => t.price) } })
 */
export function lambdaWindow<
  T = any,
  A extends Readonly<Record<string, AnyAggregate<T>>> = Readonly<Record<string, AnyAggregate<T>>>,
>(given: LambdaWindowOptions<T, A>): LambdaWindows<T, Row<A> & PartOfWindow> {
  const refuse = (isWrong: boolean, why: string) => {
    if (isWrong) throw new TypeError(`lambdaWindow: ${why}`);
  };
  refuse(typeof given !== "object" || given === null, "its argument must be options.");
  for (const option of Object.keys(given)) {
    const why =
      option === "seconds"
        ? "how long windows are says the mapping, by TumblingWindowInSeconds."
        : `there is no option ${option}: Lambda cuts windows by arrival. tumbling() of a consumer with progress has more.`;
    refuse(!known.has(option), why);
  }
  const { epoch, ...others } = given;
  refuse(
    epoch !== undefined && (typeof epoch !== "string" || !/^[\w.-]{1,100}$/.test(epoch)),
    "epoch must be 1 to 100 letters, digits, dots, hyphens, underscores.",
  );
  for (const name of ["part", "isLast"]) {
    refuse(
      Object.hasOwn(others.aggregate ?? {}, name),
      `a row has a field ${name} already: give the aggregate another name.`,
    );
  }
  // What bounds them is Lambda's state.
  const all = { ...others, maxStateBytes: 2 ** 32 };
  const definition = define<T>("given", { sizeMs: 0 }, all, "lambdaWindow");
  return { definition, ofLambda: true, epoch };
}
