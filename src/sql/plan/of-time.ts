/** Terms that follow from ROWTIME, whatever else is in the row. */
import type { PlanColumn } from "./plan.ts";
import { rewrite, type Typed } from "./typed.ts";

/** The term as something of ROWTIME alone: undefined where it is not. */
export function ofTime(term: Typed, columns: readonly PlanColumn[]): Typed | undefined {
  const written = rewrite(term, (part) =>
    part.kind === "column" ? columns[part.index]?.ofTime : undefined,
  );
  return written.isOfTime && written.course !== "constant" ? written : undefined;
}
