import type { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * Something that many records come down to: their number, their sum, the ten most frequent. Its state is a plain value that can
 * be merged with another and written in a few bytes; nothing else is known of it outside of its file.
 *
 * `T` is the record's value, `Input` what is taken from it, `State` what is kept, `Result` what a row has.
 */
export interface Aggregate<T, Input, State, Result> {
  /** What it is, with its settings: rows of another are not compatible. Such as `topK(10, capacity 100)`. */
  readonly name: string;
  /** What it takes from a record: undefined where there is nothing to add. Throws where it cannot be added. */
  readonly inputOf: (value: T) => Input | undefined;
  readonly empty: () => State;
  /** The state with the input in it. It may be the given state, changed. */
  readonly add: (state: State, input: Input) => State;
  /**
   * Both together, where those of `a` came first. Neither is changed. Whether it matters where the records are cut, or in which
   * order they are merged, is said at each aggregate.
   */
  readonly merge: (a: State, b: State) => State;
  readonly result: (state: State) => Result;
  readonly write: (state: State, to: ByteWriter) => void;
  readonly read: (from: ByteReader) => State;
  readonly writeInput: (input: Input, to: ByteWriter) => void;
  readonly readInput: (from: ByteReader) => Input;
  /** What the state takes in memory, nearly, in bytes; and so, when written, at most. */
  readonly sizeOf: (state: State) => number;
  /** Whether the state may be much larger than what a batch adds to it: then the log is told the inputs instead. */
  readonly isLarge?: boolean;
  /** Why the state can take no such input. */
  readonly refuse?: (state: State, input: Input) => string | undefined;
}

/** An aggregate of whatever kind over records of this type. */
export type AnyAggregate<T> = Aggregate<T, any, any, any>;

/** What a row has of an aggregate. */
export type ResultOf<A> = A extends Aggregate<any, any, any, infer Result> ? Result : never;

/** Undefined where every record may have had nothing to add. */
export type Absent<Given> = undefined extends Given
  ? undefined
  : null extends Given
    ? undefined
    : never;

/** What `of` gives for a record; null counts as nothing, as in SQL. */
export const given =
  <T, Given, Input>(of: (value: T) => Given, check: (value: unknown) => Input) =>
  (value: T): Input | undefined => {
    const found = of(value);
    return found === undefined || found === null ? undefined : check(found);
  };
