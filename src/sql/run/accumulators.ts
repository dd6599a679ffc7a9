/** Which accumulator an aggregate call has. */
import { toNumber } from "../functions/operators.ts";
import type { AggregateCall } from "../plan/plan.ts";
import { fitter } from "../types/integers.ts";
import { isExact } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { Extreme, Last, Nth } from "./kept-values.ts";
import { Count, FloatSum, finish, WholeSum } from "./sums.ts";
import { Variance } from "./variance.ts";

export const isRemovable = ({ name }: AggregateCall) =>
  name === "COUNT" || name === "SUM" || name === "AVG";

/** What makes the state of a new group. */
export function accumulatorOf(call: AggregateCall): () => Accumulator {
  const [first, second] = call.args;
  switch (call.name) {
    case "COUNT":
      return () => new Count();
    case "SUM":
    case "AVG": {
      const isAverage = call.name === "AVG";
      if (isExact(first!.type)) {
        const fitted = fitter(call.type);
        return () => new WholeSum(isAverage, fitted, call.type.scale !== undefined);
      }
      const limit = finish(call.type);
      return () => new FloatSum(isAverage, limit);
    }
    case "MIN":
      return () => new Extreme(-1);
    case "MAX":
      return () => new Extreme(1);
    case "FIRST_VALUE":
      return () => new Nth(1, call.ignoresNulls);
    case "NTH_VALUE":
      return () => new Nth(Number((second as { value?: unknown }).value), call.ignoresNulls);
    case "LAST_VALUE":
      return () => new Last(call.ignoresNulls);
    default: {
      const convert = toNumber(first!.type) ?? Number;
      const isSample = call.name.endsWith("SAMP");
      const isDeviation = call.name.startsWith("STDDEV");
      return () => new Variance(convert, isSample, isDeviation);
    }
  }
}
