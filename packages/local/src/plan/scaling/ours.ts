/** shardmill's own decision as a scaler of the simulation. */
import { decide } from "../../../../../src/scaling/decide.ts";
import { forecastOf } from "../../../../../src/scaling/forecast.ts";
import { recentOperations } from "../../../../../src/scaling/operations.ts";
import { type Outlook, outlookOf } from "../../../../../src/scaling/outlook.ts";
import type { ScalingPolicy } from "../../../../../src/scaling/policy.ts";
import type { Scaler } from "./simulate.ts";

const hour = 3_600_000;

/** Looks at each minute as the handler does, and makes its plan anew every hour. */
export function scalerOf(policy: ScalingPolicy): Scaler {
  let operations: number[] = [];
  let outlook: Outlook | undefined;
  let madeAt = Number.NEGATIVE_INFINITY;
  return ({ now, shards, status, minutes }) => {
    if (now - madeAt >= hour) {
      const forecast = forecastOf(minutes, now);
      outlook = forecast && outlookOf(forecast, policy, operations);
      madeAt = now;
    }
    const decision = decide({ minutes, outlook }, { shards, status, operations }, policy, now);
    if (decision.kind !== "scale") return undefined;
    operations = [...recentOperations(operations, now), now];
    return decision.target;
  };
}
