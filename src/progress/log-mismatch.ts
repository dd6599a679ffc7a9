import { isBranded } from "../values/kinds.ts";

const brand = Symbol.for("shardmill.logMismatch");

/** The log is another function's, or a newer release's: no batch may go on without knowing what it says. */
export class LogMismatchError extends Error {
  override readonly name = "LogMismatchError";
  readonly [brand] = true;
}

/** By its brand: a store may come from another copy of shardmill than the consumer. */
export const isLogMismatch = (error: unknown): boolean => isBranded(error, brand);
