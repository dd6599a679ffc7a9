/** A bad day of a fleet of workers, drawn from a seed. */
import { seededRandom } from "../../../src/time/random.ts";

export type Step =
  | { readonly at: number; readonly type: "start" }
  /** `which` counts the processes that live then. */
  | { readonly at: number; readonly type: "stop" | "kill"; readonly which: number }
  | { readonly at: number; readonly type: "freeze"; readonly which: number; readonly ms: number }
  /** Its wall clock is set. */
  | { readonly at: number; readonly type: "set clock"; readonly which: number; readonly ms: number }
  | { readonly at: number; readonly type: "split" | "merge"; readonly which: number }
  /** A lease is taken away without asking, as KCL 2 does it, for one that lives. */
  | { readonly at: number; readonly type: "rob"; readonly which: number }
  /** The lease table answers nobody, and may have written all the same. */
  | { readonly at: number; readonly type: "outage"; readonly ms: number };

export interface Scenario {
  readonly seed: number;
  readonly shards: number;
  readonly workers: number;
  readonly minutes: number;
  readonly failoverMs: number;
  readonly handlerMs: number;
  readonly putsPerSecond: number;
  /** Of a call to the table: its reply is lost; it is written later than its caller waits. */
  readonly lostReplies: number;
  readonly lateWrites: number;
  /** Of a call, in milliseconds, each way. */
  readonly latencyMs: number;
  /** Of the handler: it throws. */
  readonly throws: number;
  readonly steps: readonly Step[];
  /** The shards are read by fan-out: what a subscription brings breaks it, or it says nothing from then on. */
  readonly pushed: { readonly broken: number; readonly silent: number } | undefined;
  /** The handler is a consumer with a progress log, which it writes after so many effects. */
  readonly slice: number | undefined;
  /** The table is one of KCL 3, whose leader has died: its lock lasts so long, in milliseconds. One of ours leads from then on. */
  readonly ledFor: number | undefined;
}

export function drawScenario(seed: number): Scenario {
  const random = seededRandom(seed);
  const within = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const isLarge = random() < 0.03;
  const workers = isLarge ? within(8, 20) : within(2, 6);
  const shards = isLarge ? within(50, 200) : within(1, 16);
  const minutes = isLarge ? 2 : within(2, 4);
  const length = minutes * 60_000;
  const steps: Step[] = [];
  const calm = random() < 0.25;
  for (let count = within(2, calm ? 5 : 12); count > 0; count--) {
    steps.push(drawStep(within(5000, length - 20_000), calm));
  }
  return {
    seed,
    shards,
    workers,
    minutes,
    failoverMs: [3000, 10_000, 10_000][within(0, 2)]!,
    handlerMs: [0, 50, 2000][within(0, 2)]!,
    putsPerSecond: isLarge ? 40 : within(1, 15),
    lostReplies: calm || random() < 0.3 ? 0 : random() * 0.1,
    lateWrites: calm || random() < 0.5 ? 0 : random() * 0.05,
    latencyMs: within(1, 300),
    throws: random() < 0.5 ? 0 : random() * 0.1,
    pushed: drawPushed(),
    ledFor: drawLed(),
    ...(isLarge || random() < 0.6 ? { slice: undefined, steps } : withProgress()),
  };

  /** By a chance of its own: days without it are those that they were before there was fan-out. */
  function drawPushed(): Scenario["pushed"] {
    const aside = seededRandom(seed ^ 0x5ab5c4);
    if (aside() < 0.6) return undefined;
    const isBad = !calm && aside() < 0.6;
    return { broken: isBad ? aside() * 0.1 : 0, silent: isBad ? aside() * 0.02 : 0 };
  }

  /** By a chance of its own, too. */
  function drawLed(): Scenario["ledFor"] {
    const aside = seededRandom(seed ^ 0x1eade5);
    return aside() < 0.7 ? undefined : Math.floor(aside() * 20_000);
  }

  function withProgress(): Pick<Scenario, "slice" | "steps"> {
    const robberies = Array.from({ length: within(0, 5) }, (): Step => {
      return { at: within(5000, length - 20_000), type: "rob", which: within(0, 1000) };
    });
    return { slice: within(2, 8), steps: [...steps, ...robberies] };
  }

  function drawStep(at: number, calm: boolean): Step {
    const which = within(0, 1000);
    const dice = random();
    if (dice < 0.2) return { at, type: "start" };
    if (dice < 0.4) return { at, type: "stop", which };
    if (dice < 0.6) return { at, type: random() < 0.5 ? "split" : "merge", which };
    if (calm) return { at, type: "start" };
    if (dice < 0.72) return { at, type: "kill", which };
    if (dice < 0.85) return { at, type: "freeze", which, ms: within(500, 25_000) };
    if (dice < 0.93) return { at, type: "set clock", which, ms: within(-60_000, 60_000) };
    return { at, type: "outage", ms: within(500, 15_000) };
  }
}
