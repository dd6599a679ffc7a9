/** Which windows a record is in. */
import type { Definition } from "./definition.ts";

/** A window by its bounds, in epoch milliseconds. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/**
 * The windows of a record of this time that are still open where everything up to `bound` is closed, the earliest first; none: it is late.
 * `open` are those of its key.
 */
export function boundsOf(
  { hopMs, kind, sizeMs }: Pick<Definition<never>, "hopMs" | "kind" | "sizeMs">,
  open: readonly Bounds[],
  time: number,
  bound: number,
): readonly Bounds[] {
  if (kind === "sliding") return time < bound ? [] : [{ start: time - sizeMs, end: time }];
  if (kind === "stagger") {
    const met = open.find(({ start, end }) => end > bound && start <= time && time < end);
    return [met ?? { start: time, end: time + sizeMs }];
  }
  if (kind === "session") {
    const own = { start: time, end: time + sizeMs };
    const isOpen = own.end > bound || open.some((session) => meets(session, own, bound));
    return isOpen ? [own] : [];
  }
  const bounds: Bounds[] = [];
  for (let start = Math.floor(time / hopMs) * hopMs; start > time - sizeMs; start -= hopMs) {
    if (start + sizeMs > bound) bounds.push({ start, end: start + sizeMs });
  }
  return bounds.reverse();
}

/** Whether a session that is open goes on with these bounds. */
export const meets = (session: Bounds, { start, end }: Bounds, bound: number): boolean =>
  session.end > bound && session.start < end && start < session.end;
