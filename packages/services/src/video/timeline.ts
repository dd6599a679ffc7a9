/** A recording as a video stream that is being recorded: which fragment is there when, and where a reading begins. Pure. */
import type { RecordedFragment, VideoRecording } from "./recording.ts";

/** Where GetMedia is to begin, as its request says it. */
export interface StartSelector {
  readonly StartSelectorType: string;
  readonly AfterFragmentNumber?: string;
  readonly ContinuationToken?: string;
  /** Seconds since the epoch. */
  readonly StartTimestamp?: number;
}

/** A fragment of the stream. Times are epoch milliseconds. */
export interface StreamedFragment {
  readonly fragment: RecordedFragment;
  readonly fragmentNumber: string;
  /** What its times have more than in the file. */
  readonly offsetMs: number;
  readonly producerMs: number;
  /** When it is whole, and can be read. */
  readonly serverMs: number;
}

export interface Timeline {
  /** The nth, from 0 on. Undefined: the recording has ended before. */
  at(n: number): StreamedFragment | undefined;
  /** The newest that is there; -1: none is. */
  newest(now: number): number;
  /** The first that is sent. Undefined: the one that was named is not there. */
  beginning(selector: StartSelector, now: number): number | undefined;
}

/** As many digits as AWS's have, 47; later ones are greater, from one recording to the next, too. */
const numberOf = (startedAt: number, n: number) =>
  `91343852333181432${digits(startedAt)}${digits(n)}`;
const counted = 15;
const digits = (value: number) => String(value).padStart(counted, "0");

/** A recording that began at `startedAt`, in epoch milliseconds. `loop`: after its end it begins anew. */
export function timeline(
  { fragments, durationMs }: Pick<VideoRecording, "fragments" | "durationMs">,
  startedAt: number,
  loop: boolean,
): Timeline {
  const count = fragments.length;

  function at(n: number): StreamedFragment | undefined {
    if (n >= count && !loop) return undefined;
    const fragment = fragments[n % count]!;
    const offsetMs = Math.floor(n / count) * durationMs;
    return {
      fragment,
      fragmentNumber: numberOf(startedAt, n),
      offsetMs,
      producerMs: startedAt + Math.round(offsetMs + fragment.startMs),
      serverMs: startedAt + Math.round(offsetMs + fragment.endMs),
    };
  }

  function newest(now: number): number {
    const rounds = loop ? Math.max(0, Math.floor((now - startedAt) / durationMs)) : 0;
    let n = rounds * count - 1;
    for (let next = at(n + 1); next && next.serverMs <= now; next = at(n + 1)) n++;
    return n;
  }

  /** The first of which it is so: what is later is so, too. `near`: when that is, within a round. */
  function first(near: number, isSo: (fragment: StreamedFragment) => boolean): number {
    const rounds = loop ? Math.max(0, Math.floor((near - startedAt) / durationMs) - 1) : 0;
    let n = rounds * count;
    for (let next = at(n); next && !isSo(next); next = at(n)) n++;
    return n;
  }

  function behind(number: string | undefined, now: number): number | undefined {
    const n = Number(number?.slice(-counted));
    return n <= newest(now) && at(n)?.fragmentNumber === number ? n + 1 : undefined;
  }

  return {
    at,
    newest,
    beginning({ StartSelectorType, StartTimestamp = 0, ...selector }, now) {
      const time = StartTimestamp * 1000;
      switch (StartSelectorType) {
        case "NOW":
          return Math.max(0, newest(now));
        case "FRAGMENT_NUMBER":
          return behind(selector.AfterFragmentNumber, now);
        case "CONTINUATION_TOKEN":
          return behind(selector.ContinuationToken, now);
        case "PRODUCER_TIMESTAMP":
          return first(time, ({ serverMs }) => serverMs > time);
        case "SERVER_TIMESTAMP":
          return first(time, ({ serverMs }) => serverMs >= time);
        default:
          return 0;
      }
    },
  };
}
