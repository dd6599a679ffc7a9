/** Aggregates that look at the rows of their window one by one: LAG, FIRST_VALUE, EXP_AVG, deviations. */

import { toNumber } from "../functions/operators.ts";
import type { AggregateCall } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { accumulatorOf } from "./accumulators.ts";

/** A row that may still be looked back at: of each aggregate what it takes. */
export interface Seen {
  readonly time: number;
  readonly values: readonly Value[];
}

/** Of rows from `start` on, the last of which is the current one; `at`: which of their values. */
export type Look = (seen: readonly Seen[], start: number, at: number) => Value;

/** By aggregate: undefined where it goes along by itself. */
export const lookback = (calls: readonly AggregateCall[]): readonly (Look | undefined)[] =>
  calls.map(lookOf);

function lookOf(call: AggregateCall): Look | undefined {
  const { args, ignoresNulls } = call;
  const nth = () => Number((args[1] as { value?: unknown }).value);
  switch (call.name) {
    case "COUNT":
    case "SUM":
    case "AVG":
    case "MIN":
    case "MAX":
      return undefined;
    case "LAG":
      return lag(nth(), args.length > 2, ignoresNulls);
    case "LAST_VALUE":
      return (seen, start, at) => {
        for (let place = seen.length - 1; place >= start; place--) {
          const value = seen[place]!.values[at]!;
          if (value !== null || !ignoresNulls) return value;
        }
        return null;
      };
    case "FIRST_VALUE":
    case "NTH_VALUE": {
      const wanted = call.name === "FIRST_VALUE" ? 1 : nth();
      return (seen, start, at) => {
        let found = 0;
        for (let place = start; place < seen.length; place++) {
          const value = seen[place]!.values[at]!;
          if (value === null && ignoresNulls) continue;
          if (++found === wanted) return value;
        }
        return null;
      };
    }
    case "EXP_AVG":
      return expAverage(call);
    default: {
      const make = accumulatorOf(call);
      return (seen, start, at) => {
        const state = make();
        for (let place = start; place < seen.length; place++) state.add(seen[place]!.values[at]!);
        return state.result();
      };
    }
  }
}

/** So many rows before the current one; the default is the current row's. */
function lag(rows: number, hasDefault: boolean, ignoresNulls: boolean): Look {
  const seenValue = (seen: Seen, at: number): Value => {
    const value = seen.values[at]!;
    return hasDefault ? (value as readonly Value[])[0]! : value;
  };
  return (seen, start, at) => {
    let left = rows;
    for (let place = seen.length - 1; place >= start; place--) {
      const value = seenValue(seen[place]!, at);
      if (left === 0 && !(ignoresNulls && value === null && rows > 0)) return value;
      const isCurrent = place === seen.length - 1;
      if (left > 0 && (isCurrent || !ignoresNulls || value !== null)) left--;
    }
    return hasDefault ? (seen.at(-1)!.values[at] as readonly Value[])[1]! : null;
  };
}

/** The weight of a row is halved for each half-life between it and the current one, without steps. */
function expAverage({ args }: AggregateCall): Look {
  const [value, half] = args;
  const halfLifeMs = Number((half as { value?: unknown }).value);
  const convert = toNumber(value!.type) ?? Number;
  return (seen, start, at) => {
    const now = seen.at(-1)!.time;
    let [sum, weights] = [0, 0];
    for (let place = start; place < seen.length; place++) {
      const { time, values } = seen[place]!;
      if (values[at] === null) continue;
      const weight = 2 ** ((time - now) / halfLifeMs);
      sum += weight * convert(values[at] as never);
      weights += weight;
    }
    return weights === 0 ? null : sum / weights;
  };
}
