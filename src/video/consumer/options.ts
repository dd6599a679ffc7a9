/** What `consumeVideo` takes, checked at its start. */
import { givenText } from "../../aws/given.ts";
import {
  aBoolean,
  aFunction,
  anObject,
  type Completed,
  complete,
  count,
  having,
  number,
  type OptionRules,
  type Rule,
  refusing,
  type Standards,
} from "../../handler/option-rules.ts";
import { type Clock, systemClock } from "../../time/clock.ts";
import { type Random, systemRandom } from "../../time/random.ts";
import type { VideoFragment } from "../fragment.ts";
import type { ReadFragmentsOptions } from "../fragment-scanner.ts";
import type { VideoCheckpoints } from "./checkpoints.ts";
import type { VideoSource } from "./get-media.ts";

/** Where to begin where there is no checkpoint: at GetMedia's EARLIEST or NOW, or behind a time in seconds since the epoch. */
export type StartAt =
  | "EARLIEST"
  | "NOW"
  | { readonly serverTimestamp: number }
  | { readonly producerTimestamp: number };

/** What `onFragment` is told besides. */
export interface FragmentContext {
  /** Aborted when the consumer is to stop. */
  readonly signal: AbortSignal;
  /** 1 at first, one more each time the fragment failed. */
  readonly attempt: number;
}

/** What happens, for logs and traces. */
export type VideoEvent =
  | { readonly kind: "connected"; readonly behind: string | undefined }
  | { readonly kind: "disconnected"; readonly waitMs: number; readonly error?: unknown }
  | {
      readonly kind: "fragment failed";
      readonly fragmentNumber: string;
      readonly attempt: number;
      readonly error: unknown;
    }
  /** The fragment of the checkpoint is not there any more, nor may be others behind it: reading goes on at the earliest that is. */
  | { readonly kind: "expired"; readonly fragmentNumber: string };

/** What `consumeVideo` takes. */
export interface ConsumeVideoOptions extends ReadFragmentsOptions {
  /** The video stream's name or ARN. */
  readonly stream: string | undefined;
  /** Whose checkpoint it is. Two programs that read the same stream have different names. */
  readonly consumer: string | undefined;
  /** Where it is remembered which fragment is done: `dynamodbCheckpoints()`. */
  readonly checkpoint: VideoCheckpoints;
  /** Does what is to be done with a fragment. Once it has returned, or what it returned is fulfilled, the fragment is done. */
  readonly onFragment: (fragment: VideoFragment, context: FragmentContext) => unknown;
  /** Where to begin where there is no checkpoint yet. @default "EARLIEST" */
  readonly startAt?: StartAt;
  /** Ends the consumer: the fragment that is worked on is finished, and the promise fulfilled. */
  readonly signal?: AbortSignal;
  /** How often a fragment is tried. Minimum: 1. @default 3 */
  readonly maxAttempts?: number;
  /**
   * Takes a fragment that failed for good, with its error. Once it has returned, the fragment is passed over. @default none: the consumer
   * rejects, and begins at that fragment when it is started again
   */
  readonly onFailed?: (fragment: VideoFragment, error: unknown) => unknown;
  /** How long nothing may come until GetMedia is called anew, in seconds. @default 60 */
  readonly idleSeconds?: number;
  /** How long is waited at most between two calls of GetMedia, in seconds. @default 30 */
  readonly maxWaitSeconds?: number;
  /** Sees what happens. What it throws changes nothing. */
  readonly on?: (event: VideoEvent) => unknown;
  /** Where the bytes come from: `getMedia()` with clients of your own, or a function. @default getMedia() */
  readonly source?: VideoSource;
  /** Time, for tests. @default the machine's */
  readonly clock?: Clock;
  /** Chance, for tests. @default the machine's */
  readonly random?: Random;
}

const anything: Rule = [() => true, ""];
const aStart: Rule = [
  (value) =>
    value === "EARLIEST" ||
    value === "NOW" ||
    Number.isFinite(value?.serverTimestamp) ||
    Number.isFinite(value?.producerTimestamp),
  '"EARLIEST", "NOW", { serverTimestamp } or { producerTimestamp } in seconds since the epoch',
];
const seconds = number(0.2, 86_400, "seconds");

const rules = {
  __proto__: null,
  stream: anything,
  consumer: anything,
  checkpoint: having("claim", "checkpoints, such as dynamodbCheckpoints()"),
  onFragment: aFunction,
  startAt: aStart,
  signal: having("addEventListener", "an AbortSignal"),
  maxAttempts: count,
  onFailed: aFunction,
  idleSeconds: seconds,
  maxWaitSeconds: seconds,
  on: aFunction,
  source: aFunction,
  clock: anObject,
  random: aFunction,
  frames: aBoolean,
  maxFragmentBytes: count,
} satisfies OptionRules<ConsumeVideoOptions>;

const standards = {
  startAt: "EARLIEST",
  maxAttempts: 3,
  idleSeconds: 60,
  maxWaitSeconds: 30,
  clock: systemClock,
  random: systemRandom,
  frames: true,
  maxFragmentBytes: 64 * 1024 * 1024,
} satisfies Standards<ConsumeVideoOptions>;

/** The options with their defaults. */
export interface VideoPlan
  extends Omit<Completed<ConsumeVideoOptions, typeof standards>, "stream" | "consumer"> {
  readonly stream: string;
  readonly consumer: string;
}

/** @throws TypeError that says which option is wrong, and what it must be. */
export function videoPlanOf(options: ConsumeVideoOptions): VideoPlan {
  const refuse = refusing("consumeVideo");
  refuse(
    typeof options !== "object" || options === null,
    "give it options: { stream, consumer, checkpoint, onFragment }.",
  );
  const stream = givenText(options.stream, "stream", "consumeVideo");
  const consumer = givenText(options.consumer, "consumer", "consumeVideo");
  refuse(
    options.checkpoint === undefined,
    "checkpoint must be dynamodbCheckpoints(); it is left out.",
  );
  const plan = complete<ConsumeVideoOptions, typeof standards>(
    refuse,
    rules,
    standards,
    options,
    "onFragment",
  );
  return { ...plan, stream, consumer };
}
