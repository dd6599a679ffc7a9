/** Which rows a window has: names of windows become what they stand for. */
import type { CallNode, ExpressionNode, WindowNode } from "../nodes/expressions.ts";
import { showName } from "../nodes/names.ts";
import type { SelectNode } from "../nodes/query.ts";
import type { Frame } from "../plan/plan.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { isMonths } from "../types/sql-type.ts";
import { analyse, type Surroundings } from "./expressions.ts";

export interface ResolvedWindow {
  readonly partition: readonly ExpressionNode[];
  readonly frame: Frame;
}

type Named = SelectNode["windows"];

/** Of a call's OVER, or of a stream's in a join. */
export function windowOf(
  over: NonNullable<CallNode["over"]> | WindowNode | string,
  named: Named,
  around: Surroundings,
  at: Position,
): ResolvedWindow {
  const node = typeof over === "string" ? undefined : "kind" in over ? over : over.window;
  const name = typeof over === "string" ? over : "kind" in over ? undefined : over.name;
  const window = node ?? byName(name!, named, at);
  const { partition, frame } = flatten(window, named, new Set());
  if (!frame) {
    throw new SqlError(
      "The window has no length.",
      window.at,
      "Write RANGE INTERVAL '1' MINUTE PRECEDING, or ROWS 10 PRECEDING.",
    );
  }
  return { partition, frame: { mode: frame.mode, preceding: length(frame, around) } };
}

function byName(name: string, named: Named, at: Position): WindowNode {
  const found = named.get(name);
  if (found) return found;
  const names = [...named.keys()].map(showName).join(", ");
  throw new SqlError(
    `There is no window ${showName(name)}.`,
    at,
    names ? `There are ${names}.` : `Declare it with WINDOW ${showName(name)} AS (…).`,
  );
}

function flatten(
  window: WindowNode,
  named: Named,
  seen: Set<string>,
): Pick<WindowNode, "partition" | "frame"> {
  if (window.base === undefined) return window;
  if (seen.has(window.base))
    throw new SqlError(`The window ${showName(window.base)} goes on from itself.`, window.at);
  const base = flatten(byName(window.base, named, window.at), named, seen.add(window.base));
  return {
    partition: window.partition.length > 0 ? window.partition : base.partition,
    frame: window.frame ?? base.frame,
  };
}

/** Rows, or milliseconds. */
function length(
  { mode, preceding, at }: NonNullable<WindowNode["frame"]>,
  around: Surroundings,
): number {
  if (preceding === "unbounded") return Number.POSITIVE_INFINITY;
  if (preceding === "current") return 0;
  const { kind, type, value } = analyse(preceding, {
    ...around,
    scope: { relations: [] },
  }) as ReturnType<typeof analyse> & { value?: unknown };
  const isWanted =
    mode === "range" ? type.name === "INTERVAL" && !isMonths(type) : type.name === "INTEGER";
  if (kind !== "constant" || !isWanted || !(Number(value) >= 0)) {
    throw new SqlError(
      mode === "range"
        ? "RANGE takes an interval of days or less."
        : "ROWS takes a number of rows.",
      at,
      mode === "range"
        ? "Such as RANGE INTERVAL '1' MINUTE PRECEDING."
        : "Such as ROWS 10 PRECEDING.",
    );
  }
  return Number(value);
}
