/** Frames of windows as they are written. */
import type { Frame } from "./plan.ts";

export function showFrame({ mode, preceding }: Frame): string {
  if (preceding === Number.POSITIVE_INFINITY) return `${mode.toUpperCase()} UNBOUNDED PRECEDING`;
  return mode === "rows"
    ? `ROWS ${preceding} PRECEDING`
    : `RANGE INTERVAL '${preceding / 1000}' SECOND PRECEDING`;
}
