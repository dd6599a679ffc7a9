/** Draws a lane: what was put above, batches below, halves joined to what they are a part of. */
import { clock } from "./clock.ts";
import type { BatchView, LaneView, ShardView } from "./store.ts";

export interface Span {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Colours are the style's: of the scheme that is on. */
export interface Colours {
  readonly put: string;
  readonly done: string;
  readonly partial: string;
  readonly failed: string;
  readonly throttled: string;
  readonly line: string;
  readonly quiet: string;
  readonly text: string;
}

export const laneHeight = 84;
const putsHeight = 20;
const rowHeight = 14;
const rows = 3;

export const glyphs = {
  success: "✓",
  partial: "◐",
  failure: "✗",
  throttle: "‖",
  tooLarge: "✗",
} as const;

const colourOf = (outcome: keyof typeof glyphs, colours: Colours) =>
  outcome === "success"
    ? colours.done
    : outcome === "partial"
      ? colours.partial
      : outcome === "throttle"
        ? colours.throttled
        : colours.failed;

let known: Colours | undefined;
const forget = () => {
  known = undefined;
};

/** Asked once, until the scheme changes: style has to be computed for it. */
export function coloursOf(element: Element): Colours {
  if (!known) matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);
  known ??= coloursNow(element);
  return known;
}

function coloursNow(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ put: of("put"), done: of("done"), partial: of("partial"), failed: of("failed") },
    ...{ throttled: of("throttled"), line: of("line"), text: of("text") },
    quiet: of("quiet"),
  };
}

/** A half stands a row lower than what it is a part of. */
const rowOf = ({ depth }: BatchView) => Math.min(depth, rows - 1);

/** The first of a sorted list that may be seen. */
function firstFrom<T>(list: readonly T[], is: (one: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function drawLane(
  context: CanvasRenderingContext2D,
  width: number,
  {
    colours,
    faults,
    lane,
    shard,
    span,
  }: {
    readonly colours: Colours;
    /** When something went wrong on purpose. */
    readonly faults: readonly { readonly at: number }[];
    readonly lane: LaneView | undefined;
    readonly shard: ShardView;
    readonly span: Span;
  },
): void {
  const x = (at: number) => ((at - span.from) / (span.to - span.from)) * width;
  context.clearRect(0, 0, width, laneHeight);
  drawTimes(context, width, span, x, colours);
  context.font = "10px sans-serif";
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, putsHeight + 1.5);
  context.lineTo(width, putsHeight + 1.5);
  context.stroke();
  drawPuts(context, shard, span, x, colours);
  if (!lane) return;
  context.fillStyle = colours.failed;
  for (const { at } of faults) {
    const left = x(at);
    if (left < 0 || left > width) continue;
    context.fillRect(left, 0, 1, laneHeight);
    context.fillText("⚡", left + 2, 10);
  }
  context.beginPath();
  const begin = firstFrom(lane.batches, ({ deliveries }) => endOf(deliveries.at(-1)!) >= span.from);
  // Where several share a pixel, one is drawn: thousands cost no more than the lane is wide.
  const drawn = Array.from({ length: rows }, () => ({ done: -1, other: -1, line: -1 }));
  for (let at = begin; at < lane.batches.length; at++) {
    const batch = lane.batches[at]!;
    const row = rowOf(batch);
    const y = putsHeight + 5 + row * rowHeight;
    const taken = drawn[row]!;
    for (const delivery of batch.deliveries) {
      const left = x(delivery.at);
      if (left > width) continue;
      const kind = delivery.outcome === "success" ? "done" : "other";
      const pixel = Math.floor(left);
      if (taken[kind] === pixel) continue;
      const hasRoom = pixel - taken[kind] > 8;
      taken[kind] = pixel;
      const wide = Math.max(2, x(endOf(delivery)) - left);
      context.fillStyle = colourOf(delivery.outcome, colours);
      context.fillRect(left, y, wide, rowHeight - 4);
      if (kind === "other" && hasRoom) {
        context.fillStyle = colours.text;
        context.fillText(glyphs[delivery.outcome], left + wide + 1, y + 9);
      }
    }
    const above = batch.whole?.deliveries.at(-1);
    const begun = x(batch.deliveries[0]!.at);
    if (!above || row === 0 || Math.floor(begun) === taken.line) continue;
    taken.line = Math.floor(begun);
    context.moveTo(x(above.at), putsHeight + 5 + rowOf(batch.whole!) * rowHeight + 10);
    context.lineTo(begun, y + 5);
  }
  context.strokeStyle = colours.text;
  context.stroke();
  if (lane.delivering) {
    context.strokeStyle = colours.text;
    context.setLineDash([3, 2]);
    const left = x(lane.delivering.at);
    context.strokeRect(left, putsHeight + 5.5, Math.max(3, width - left), rowHeight - 5);
    context.setLineDash([]);
  }
}

/** Milliseconds from one label to the next: the first of them that leaves the labels room. */
const steps = [
  10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000,
];
const labelWidth = 90;

/** When it was, along the bottom. */
function drawTimes(
  context: CanvasRenderingContext2D,
  width: number,
  { from, to }: Span,
  x: (at: number) => number,
  colours: Colours,
): void {
  const least = ((to - from) * labelWidth) / width;
  const step = steps.find((ms) => ms >= least) ?? Math.ceil(least / 3_600_000) * 3_600_000;
  const length = step < 1_000 ? 12 : 8;
  context.font = "10px sans-serif";
  context.fillStyle = colours.quiet;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = Math.ceil(from / step) * step; at < to; at += step) {
    const left = Math.floor(x(at)) + 0.5;
    context.moveTo(left, 0);
    context.lineTo(left, laneHeight);
    context.fillText(clock(at).slice(0, length), left + 3, laneHeight - 3);
  }
  context.globalAlpha = 0.5;
  context.stroke();
  context.globalAlpha = 1;
}

function drawPuts(
  context: CanvasRenderingContext2D,
  { puts }: ShardView,
  span: Span,
  x: (at: number) => number,
  colours: Colours,
): void {
  let taken = -1;
  for (let at = firstFrom(puts, (put) => put.at >= span.from); at < puts.length; at++) {
    const { at: when, records, throttled } = puts[at]!;
    const pixel = Math.floor(x(when));
    if (pixel === taken && throttled === 0) continue;
    taken = pixel;
    const high = Math.min(putsHeight, 4 + 4 * Math.log10(1 + records));
    context.fillStyle = throttled > 0 ? colours.throttled : colours.put;
    context.fillRect(x(when), putsHeight - high, 2, high);
  }
}

const endOf = ({ at, duration }: { at: number; duration: number }) => at + duration;

/** The batch that was drawn nearest to a point. */
export function batchAt(
  lane: LaneView,
  span: Span,
  width: number,
  px: number,
): BatchView | undefined {
  const at = span.from + (px / width) * (span.to - span.from);
  let best: BatchView | undefined;
  let distance = ((span.to - span.from) * 20) / width;
  for (const batch of lane.batches) {
    for (const delivery of batch.deliveries) {
      const off = Math.max(delivery.at - at, at - endOf(delivery), 0);
      if (off <= distance) [best, distance] = [batch, off];
    }
  }
  return best;
}
