/** The options of a consumer that counts its records in windows. */
import { NonRetryableError } from "../../record/errors.ts";
import { isFunction } from "../../values/kinds.ts";
import type { KinesisConsumerOptions, WindowedConsumerOptions } from "../options.ts";
import type { MachinePlan, Plan } from "../plan.ts";
import { countedPlanOf } from "../state/plan.ts";
import { windowKind } from "./kind.ts";
import { refuse, rowEffect } from "./row-effect.ts";

/** As the consumer's plan is, and what windows need of it. */
export function windowedPlanOf<T>(
  options: WindowedConsumerOptions<T, unknown>,
  consumerVersion: string | undefined,
): Plan<T> {
  const { late, process, window, ...others } = options;
  const effectOf = rowEffect<T>(process, others, consumerVersion);
  refuse(late !== undefined && !isFunction(late), "late must be a function, and no generator.");
  const given = { ...others, process: late ?? refuseLate } as KinesisConsumerOptions<T>;
  return countedPlanOf(given, "window", "windows", refuse, {
    kind: windowKind(window.definition),
    effectOf,
    hasLate: late !== undefined,
    report: late === undefined ? warnOfLate : () => {},
  });
}

/** Of a record that was parked, and that a redrive brings back. */
const refuseLate = () => {
  throw new NonRetryableError(
    "It was parked, and the windows have gone on without it. Say by the option late what happens with such a record, deploy that, and redrive it again.",
  );
};

const warnOfLate: MachinePlan<never>["report"] = (_, count, logger, where) => {
  if (count === 0) return;
  logger.warn(
    `${count} ${count === 1 ? "record has" : "records have"} come after their windows were closed, and count nowhere. Raise allowedLatenessInSeconds, or say what happens with them by the option late.`,
    { ...where, count },
  );
};
