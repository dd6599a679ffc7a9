/** Where things are: a lane for each function at each shard, over time. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "./clock.ts";
import { drawNever, drawSoon } from "./draw-soon.ts";
import { Faults } from "./faults.tsx";
import { batchAt, coloursOf, drawLane, laneHeight, type Span } from "./lanes.ts";
import { BatchLink, batchAddress, milliseconds, Scrolled, useTick } from "./parts.tsx";
import { can, report } from "./source.ts";
import {
  type BatchView,
  behind,
  count,
  faultsOf,
  type LaneView,
  notReadYet,
  type ShardView,
  type Store,
  type StreamView,
  waitsFor,
} from "./store.ts";
import { visible } from "./visible.ts";

const whole = Number.POSITIVE_INFINITY;
const spans = {
  "10 s": 10_000,
  "1 min": 60_000,
  "10 min": 600_000,
  "1 h": 3_600_000,
  "the whole run": whole,
} as const;

export function ShardsRoom({ store }: { readonly store: Store }) {
  const [chosen, setChosen] = useState<number | undefined>();
  const [stoppedAt, setStoppedAt] = useState<number | undefined>();
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tick = useTick(quiet ? 1_000 : 100);
  const now = stoppedAt ?? store.ended?.at ?? tick;
  const length = chosen ?? (store.ended ? whole : 60_000);
  const span = spanOf(store, now, length);
  return (
    <>
      <h1>Shards</h1>
      <p class="controls">
        <label>
          Shown{" "}
          <select value={length} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
            {Object.entries(spans).map(([name, ms]) => (
              <option key={name} value={ms}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {!store.ended && (
          <button
            type="button"
            aria-pressed={stoppedAt !== undefined}
            onClick={() => setStoppedAt(stoppedAt === undefined ? now : undefined)}
          >
            Stop the time
          </button>
        )}
        <span class="quiet">
          {clock(span.from)} to {clock(span.to)}
        </span>
      </p>
      <ul class="legend" aria-label="What the lanes show">
        <li>
          <span class="put">▮</span> above the line: puts
        </li>
        <li>
          <span class="success">▮ ✓</span> done
        </li>
        <li>
          <span class="partial">▮ ◐</span> done in part
        </li>
        <li>
          <span class="failure">▮ ✗</span> failed
        </li>
        <li>
          <span class="throttle">▮ ‖</span> throttled
        </li>
        <li>▯ under way</li>
        <li>a row lower: a part of the batch that the line leads to</li>
      </ul>
      {store.missed > 0 && (
        <p class="quiet">{store.missed} events were forgotten before this page came.</p>
      )}
      {store.ended && (
        <section aria-labelledby="run">
          <h2 id="run">{document.title}</h2>
          <Scrolled title="What it said at its end" text={store.ended.text} />
          {report?.leftOut.map((sentence) => (
            <p key={sentence}>Not in this report: {sentence}.</p>
          ))}
        </section>
      )}
      {[...store.streams.values()].map((stream) => (
        <Stream key={stream.name} store={store} stream={stream} span={span} />
      ))}
      {(can("fault") || store.faults.length > 0) && <Faults store={store} />}
      {store.notes.length > 0 && (
        <section aria-labelledby="notes">
          <h2 id="notes">Notes</h2>
          <ul>
            {store.notes.map(({ at, text }) => (
              <li key={`${at} ${text}`}>
                {clock(at)} {text}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Stream({ store, stream, span }: { store: Store; stream: StreamView; span: Span }) {
  const shards = [...store.shards.values()]
    .filter((shard) => shard.stream === stream.name)
    .sort((a, b) => (a.shardId < b.shardId ? -1 : 1));
  return (
    <section aria-labelledby={`stream ${stream.name}`}>
      <h2 id={`stream ${stream.name}`}>{stream.name}</h2>
      <Heat stream={stream} shards={shards} />
      {shards.length === 0 && <p class="quiet">Nothing was put into it, and nothing was read.</p>}
      {shards.map((shard) => (
        <Shard key={shard.key} store={store} shard={shard} span={span} />
      ))}
    </section>
  );
}

/** Which hash keys are hot, and whose they are. */
function Heat({
  stream,
  shards,
}: {
  readonly stream: StreamView;
  readonly shards: readonly ShardView[];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const hottest = [...stream.keys].sort(([, a], [, b]) => b - a).slice(0, 3);
  const share = (records: number) =>
    `${Math.round((100 * records) / Math.max(1, stream.records))} %`;
  const words = hottest.map(([key, records]) => `${visible(key)} ${share(records)}`).join(", ");
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !canvas.current) return;
    const { width } = canvas.current;
    const { failed, line } = coloursOf(canvas.current);
    const hot = Math.max(1, ...stream.heat);
    context.clearRect(0, 0, width, 16);
    context.fillStyle = line;
    context.fillRect(0, 15, width, 1);
    context.fillStyle = failed;
    for (let bucket = 0; bucket < 256; bucket++) {
      const high = (stream.heat[bucket]! / hot) * 16;
      context.fillRect((bucket * width) / 256, 16 - high, width / 256, high);
    }
  }, [stream.records]);
  if (stream.records === 0) return null;
  const busiest = shards.toSorted((a, b) => b.records - a.records)[0];
  return (
    <div class="heat">
      <canvas ref={canvas} width={512} height={16} role="img" aria-label="Records by hash key" />
      <span>
        {shards.length > 1 && busiest && (
          <>
            Busiest shard: <b>{`${busiest.shardId} ${share(busiest.records)}`}</b>.{" "}
          </>
        )}
        Hottest keys: <b>{words}</b>
        <small> (the strip: records by hash key, from 0 to 2¹²⁸)</small>
      </span>
    </div>
  );
}

function spanOf(store: Store, now: number, length: number): Span {
  if (length !== whole) return { from: now - length, to: now };
  const since = store.since ?? now;
  const room = Math.max(1, (now - since) / 50);
  return { from: since - room, to: now + room };
}

function Shard({ store, shard, span }: { store: Store; shard: ShardView; span: Span }) {
  const lanes = [...shard.lanes.values()];
  const from = shard.parents.length > 0 ? `, from ${shard.parents.join(" and ")}` : "";
  return (
    <article class={shard.parents.length > 0 ? "child" : ""} aria-label={shard.shardId}>
      <h3>
        {shard.parents.length > 0 && (
          <span aria-hidden="true">{shard.parents.length > 1 ? "⤚ " : "⤙ "}</span>
        )}
        {shard.shardId}
        <small>
          {from}
          {shard.isClosed && ", closed"}, {count(shard.records, "record")} put
          {shard.throttled > 0 && `, ${count(shard.throttled, "put")} throttled`}
        </small>
      </h3>
      {lanes.length === 0 && <p class="waits">{notReadYet(store, shard)}</p>}
      {lanes.map((lane) => (
        <Lane key={lane.functionName} store={store} shard={shard} lane={lane} span={span} />
      ))}
    </article>
  );
}

interface LaneProps {
  readonly store: Store;
  readonly shard: ShardView;
  readonly lane: LaneView;
  readonly span: Span;
}

function drawOn(element: HTMLCanvasElement, { store, shard, lane, span }: LaneProps): void {
  const context = element.getContext("2d");
  if (!context) return;
  const ratio = devicePixelRatio || 1;
  const width = element.clientWidth;
  if (element.width !== Math.round(width * ratio)) {
    element.width = Math.round(width * ratio);
    element.height = laneHeight * ratio;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const faults = faultsOf(store, shard, lane);
  drawLane(context, width, { colours: coloursOf(element), faults, lane, shard, span });
}

/** Whether it stands where somebody may look: of a hundred lanes a few are drawn. */
function useSeen(element: { readonly current: Element | null }): boolean {
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) =>
      setIsSeen(entries.at(-1)?.isIntersecting ?? false),
    );
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return isSeen;
}

function Lane({ store, shard, lane, span }: LaneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef({ store, shard, lane, span });
  newest.current = { store, shard, lane, span };
  const left = behind(shard, lane);
  const summary = `${lane.functionName} at ${shard.shardId}: ${lane.delivered} deliveries, ${lane.failed} of them not whole, ${left} records behind`;
  const draw = useRef(() => {
    if (canvas.current) drawOn(canvas.current, newest.current);
  }).current;
  const isSeen = useSeen(canvas);
  // Events and the time both have it drawn.
  useEffect(() => {
    if (isSeen) drawSoon(draw);
  });
  useEffect(() => () => drawNever(draw), []);
  return (
    <div class="lane">
      <p class="waits">
        <b>{lane.functionName}</b> {visible(waitsFor(store, shard, lane, Date.now()))}
        <small>
          {" "}
          {left} behind, lag {milliseconds(lane.lag)}
        </small>
      </p>
      {/* The list below has all that is in the picture, for the keyboard too. */}
      <canvas
        ref={canvas}
        role="img"
        aria-label={summary}
        style={{ height: `${laneHeight}px` }}
        onClick={(event) => {
          const { width } = event.currentTarget.getBoundingClientRect();
          const batch = batchAt(lane, span, width, event.offsetX);
          if (batch) location.hash = batchAddress(batch);
        }}
      />
      <Batches store={store} lane={lane} />
    </div>
  );
}

const shownRoots = 20;

/** The newest batches as a tree: what a batch was cut into stands within it. */
function Batches({ store, lane }: { readonly store: Store; readonly lane: LaneView }) {
  const [isOpen, setIsOpen] = useState(false);
  const roots: BatchView[] = [];
  if (isOpen) {
    for (let at = lane.batches.length - 1; at >= 0 && roots.length < shownRoots; at--) {
      if (lane.batches[at]!.parent === undefined) roots.push(lane.batches[at]!);
    }
  }
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Batches of {lane.functionName}, the newest first</summary>
      {isOpen && <Tree store={store} batches={roots} />}
    </details>
  );
}

function Tree({
  store,
  batches,
}: {
  readonly store: Store;
  readonly batches: readonly BatchView[];
}) {
  return (
    <ul class="tree">
      {batches.map((batch) => (
        <li key={batch.key}>
          {clock(batch.deliveries[0]?.at ?? 0)} <BatchLink batch={batch} />
          {batch.children.length > 0 && (
            <Tree
              store={store}
              batches={batch.children.flatMap((key) => store.batches.get(key) ?? [])}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
