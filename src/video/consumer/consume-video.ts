/** Reads a video stream fragment by fragment, and remembers which is done: connect, read, do, checkpoint; connect again. */
import { randomUuid } from "../../time/random.ts";
import { isError } from "../../values/kinds.ts";
import { inform } from "../../values/ready.ts";
import { isBehind, type VideoFragment } from "../fragment.ts";
import { readFragments } from "../read-fragments.ts";
import type { VideoCheckpoint } from "./checkpoints.ts";
import { Final, idOf, isFinal, nameOf } from "./failures.ts";
import { getMedia, type Selector } from "./get-media.ts";
import { type ConsumeVideoOptions, type StartAt, type VideoEvent, videoPlanOf } from "./options.ts";
import { isDone } from "./try-fragment.ts";
import { waitOf } from "./wait.ts";
import { watched } from "./watched.ts";

/** How often a call of the checkpoints' store is tried. */
const storeAttempts = 8;
/** Bytes that are broken so often at one place will not become whole. */
const brokenAttempts = 5;

/**
 * Reads a video stream with GetMedia, one fragment after the other, for as long as the process lives: a container on Fargate, say. A fragment is done when
 * `onFragment` has ended, and the checkpoint says so before the next begins. After a kill, whenever it was, reading goes on behind the checkpoint: no fragment is
 * lost, and only the one that was worked on comes again. Lost connections are made anew, after a wait that grows.
 *
 * One process at a time has the checkpoint: the one that began last. One that has lost it rejects at its next checkpoint.
 *
 * Fulfilled once `signal` is aborted. Rejects for a fragment that failed `maxAttempts` times and has no `onFailed`, for what AWS refuses for good (a stream
 * that is not there, a right that is missing), for a store that fails, and for bytes that are broken again and again.
 *
 * @example
 * await consumeVideo({
 *   stream: "door",
 *   consumer: "recorder",
 *   checkpoint: dynamodbCheckpoints({ tableName: process.env.PROGRESS_TABLE }),
 *   onFragment: (fragment) => s3.putObject(`${fragment.fragmentNumber}.mkv`, bytesOf(fragment)),
 * });
 */
export async function consumeVideo(options: ConsumeVideoOptions): Promise<void> {
  const plan = videoPlanOf(options);
  const { stream, consumer, checkpoint: store, clock, random, source = getMedia() } = plan;
  const signal = plan.signal ?? new AbortController().signal;
  const tell = (event: VideoEvent) =>
    plan.on &&
    inform(
      () => plan.on?.(event),
      () => {},
    );
  const key = `${consumer}#${stream}`;
  const owner = randomUuid(random);
  const place = `consumeVideo of ${stream} by ${consumer}`;

  /** A call of the store, tried again while what it fails with may pass. */
  async function stored<T>(what: string, call: () => PromiseLike<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (cause) {
        if (attempt < storeAttempts && store.isTransient(cause)) {
          await clock.sleep(waitOf(attempt, plan));
          continue;
        }
        throw new Final(
          new Error(
            `${place}: the checkpoint could not be ${what}, tried ${attempt} ${attempt === 1 ? "time" : "times"}. Start it again once its store answers.`,
            { cause },
          ),
        );
      }
    }
  }

  async function done(fragment: VideoFragment): Promise<VideoCheckpoint> {
    const { fragmentNumber, producerTimestamp, serverTimestamp } = fragment;
    const next = { fragmentNumber, producerTimestamp, serverTimestamp, at: clock.now() };
    if (await stored("moved", () => store.write(key, owner, next))) return next;
    throw new Final(
      new Error(
        `${place}: another process has taken the checkpoint over, before fragment ${fragmentNumber} was done. Let one read at a time, or give each a consumer name of its own.`,
      ),
    );
  }

  try {
    let last = await stored("claimed", () => store.claim(key, owner));
    let hasExpired = false;
    let fruitless = 0;
    let broken = 0;
    while (!signal.aborted) {
      const connection = new AbortController();
      const stop = () => connection.abort(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      let error: unknown;
      try {
        const selector = selectorOf(
          hasExpired ? undefined : last,
          hasExpired ? "EARLIEST" : plan.startAt,
        );
        const payload = await source(stream, selector, connection.signal);
        tell({ kind: "connected", behind: last?.fragmentNumber });
        const chunks = watched(payload, {
          clock,
          idleMs: plan.idleSeconds * 1000,
          signal: connection.signal,
        });
        for await (const fragment of readFragments(chunks, plan)) {
          // What is done already may come again from the earliest on.
          if (last && !isBehind(fragment.fragmentNumber, last.fragmentNumber)) continue;
          if (!(await isDone(fragment, plan, signal, tell, place))) return;
          last = await done(fragment);
          [hasExpired, fruitless, broken] = [false, 0, 0];
          if (signal.aborted) return;
        }
      } catch (caught) {
        if (caught instanceof Final) throw caught;
        if (signal.aborted) return;
        error = caught;
      } finally {
        signal.removeEventListener("abort", stop);
        connection.abort();
      }
      if (last && !hasExpired && idOf(error) === 4000) {
        hasExpired = true;
        tell({ kind: "expired", fragmentNumber: last.fragmentNumber });
      } else if (
        isFinal(error) ||
        (nameOf(error) === "MatroskaError" && ++broken >= brokenAttempts)
      ) {
        const where = last ? `behind fragment ${last.fragmentNumber}` : "at its start";
        const message = isError(error) ? error.message : String(error);
        throw new Final(new Error(`${place}, ${where}: ${message}`, { cause: error }));
      }
      const waitMs = waitOf(++fruitless, plan);
      tell({ kind: "disconnected", waitMs, ...(error === undefined ? {} : { error }) });
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  } catch (caught) {
    throw caught instanceof Final ? caught.error : caught;
  }
}

function selectorOf(last: VideoCheckpoint | undefined, start: StartAt): Selector {
  if (last) {
    return { StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber: last.fragmentNumber };
  }
  if (typeof start === "string") return { StartSelectorType: start };
  if ("serverTimestamp" in start) {
    const StartTimestamp = new Date(start.serverTimestamp * 1000);
    return { StartSelectorType: "SERVER_TIMESTAMP", StartTimestamp };
  }
  const StartTimestamp = new Date(start.producerTimestamp * 1000);
  return { StartSelectorType: "PRODUCER_TIMESTAMP", StartTimestamp };
}
