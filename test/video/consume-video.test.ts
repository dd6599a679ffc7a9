/** consumeVideo: what is done is remembered, and nothing is lost, whatever dies when. */
import { NonRetryableError } from "shardmill";
import {
  consumeVideo,
  memoryCheckpoints,
  type VideoCheckpoints,
  type VideoEvent,
  type VideoSource,
} from "shardmill/video";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { camera } from "./camera.ts";
import { concat, fragmentNumberOf, header, nth, tagsOf, written } from "./matroska.ts";

const never = new Promise<never>(() => {});

/** Runs until the promise is settled. */
async function under<T>(clock: ReturnType<typeof virtualClock>, running: Promise<T>): Promise<T> {
  let isOver = false;
  const over = running.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  for (let steps = 0; !isOver; steps++) {
    if (steps > 100_000) throw new Error("It does not end.");
    await clock.step();
  }
  return over;
}

function world(seed = 1) {
  const clock = virtualClock();
  const random = seededRandom(seed);
  const events: VideoEvent[] = [];
  const base = {
    ...{ stream: "door", consumer: "recorder", clock, random },
    on: (event: VideoEvent) => void events.push(event),
  };
  return { clock, random, events, base };
}

const answering = (...documents: Uint8Array[]): VideoSource =>
  (async () =>
    (async function* () {
      yield concat(...documents);
    })()) as never;

describe("a consumer", () => {
  it("that is killed at 100 random moments does each fragment, and has each checkpoint once", async () => {
    const count = 600;
    const { clock, random, base } = world(20);
    const store = memoryCheckpoints();
    const checkpoints: string[] = [];
    const effects: string[] = [];
    const begun: string[] = [];
    let kills = 0;
    const { source, selectors } = camera({ count, clock, random });

    /** One life: what it does once it is dead does not happen. */
    async function live(): Promise<"killed" | "over"> {
      const stop = new AbortController();
      const life = kills < 100 ? Math.floor(random() * 400) : Number.POSITIVE_INFINITY;
      const deathAt = clock.now() + life;
      const alive = async () => {
        // Any call may be the last: before it happened, or after.
        await clock.sleep(Math.floor(random() * 10));
        if (clock.now() >= deathAt) await never;
      };
      const mortal: VideoCheckpoints = {
        async claim(key, owner) {
          await alive();
          return store.claim(key, owner);
        },
        async write(key, owner, checkpoint) {
          await alive();
          const isOurs = await store.write(key, owner, checkpoint);
          if (isOurs) checkpoints.push(checkpoint.fragmentNumber);
          await alive();
          return isOurs;
        },
        isTransient: () => false,
      };
      const consumed = consumeVideo({
        ...base,
        source,
        checkpoint: mortal,
        signal: stop.signal,
        async onFragment({ fragmentNumber }) {
          begun.push(fragmentNumber);
          await alive();
          effects.push(fragmentNumber);
          if (fragmentNumber === fragmentNumberOf(count - 1)) stop.abort();
        },
      });
      const died = clock
        .sleep(Number.isFinite(life) ? life : 10 ** 9)
        .then(() => "killed" as const);
      return Promise.race([consumed.then(() => "over" as const), died]);
    }

    await under(
      clock,
      (async () => {
        while ((await live()) === "killed") kills++;
      })(),
    );
    const all = Array.from({ length: count }, (_, n) => fragmentNumberOf(n));
    expect(kills).toBeGreaterThanOrEqual(100);
    expect(checkpoints).toEqual(all);
    // None is lost, and each life repeats one at most: the one that the last life did not finish.
    expect([...new Set(effects)]).toEqual(all);
    expect(begun.length).toBeLessThanOrEqual(count + kills);
    expect(effects.length).toBeGreaterThan(count);
    expect(selectors.some(({ StartSelectorType }) => StartSelectorType === "FRAGMENT_NUMBER")).toBe(
      true,
    );
  });

  it("reads on behind its checkpoint, and waits longer between calls that come to nothing", async () => {
    const { clock, base, events } = world();
    const stop = new AbortController();
    const seen: string[] = [];
    const selectors: unknown[] = [];
    const running = consumeVideo({
      ...base,
      checkpoint: memoryCheckpoints(),
      signal: stop.signal,
      onFragment: ({ fragmentNumber }) => void seen.push(fragmentNumber),
      source: async (_, selector) => {
        selectors.push(selector);
        const calls = selectors.length;
        if (calls === 12) stop.abort();
        return (async function* () {
          if (calls === 1) yield written(nth(1));
        })();
      },
    });
    await under(clock, running);
    expect(seen).toEqual([fragmentNumberOf(1)]);
    expect(selectors.slice(0, 2)).toEqual([
      { StartSelectorType: "EARLIEST" },
      { StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber: fragmentNumberOf(1) },
    ]);
    const waits = events.flatMap((event) => (event.kind === "disconnected" ? [event.waitMs] : []));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...waits.slice(-4))).toBeGreaterThan(Math.max(...waits.slice(0, 3)));
  });

  it("goes on at the earliest where the fragment of its checkpoint has expired, and does none twice", async () => {
    const { clock, base, events } = world();
    const stop = new AbortController();
    const seen: string[] = [];
    const checkpoint = memoryCheckpoints();
    await checkpoint.claim("recorder#door", "before");
    const at = {
      fragmentNumber: fragmentNumberOf(3),
      producerTimestamp: 0,
      serverTimestamp: 0,
      at: 0,
    };
    await checkpoint.write("recorder#door", "before", at);
    const gone = tagsOf({ AWS_KINESISVIDEO_ERROR_ID: "4000", AWS_KINESISVIDEO_ERROR_CODE: "GONE" });
    await under(
      clock,
      consumeVideo({
        ...base,
        checkpoint,
        signal: stop.signal,
        onFragment({ fragmentNumber }) {
          seen.push(fragmentNumber);
          if (seen.length === 2) stop.abort();
        },
        source: async (_, { StartSelectorType }) =>
          (async function* () {
            if (StartSelectorType === "FRAGMENT_NUMBER") {
              yield concat(header(), Buffer.from("1853806701ffffffffffffff", "hex"), gone);
            } else for (const n of [2, 3, 5, 6]) yield written(nth(n));
          })(),
      }),
    );
    expect(seen).toEqual([5, 6].map(fragmentNumberOf));
    expect(events).toContainEqual({ kind: "expired", fragmentNumber: fragmentNumberOf(3) });
  });

  it("gives up a connection on which nothing comes, and stops at once when it is told to", async () => {
    const { clock, base, events } = world();
    const stop = new AbortController();
    let aborted = 0;
    const source: VideoSource = async (_, __, signal) => {
      signal.addEventListener("abort", () => aborted++);
      return { [Symbol.asyncIterator]: () => ({ next: () => never }) };
    };
    const running = consumeVideo({
      ...{ ...base, source, checkpoint: memoryCheckpoints(), signal: stop.signal },
      onFragment() {},
    });
    await clock.advance(125_000);
    expect(aborted).toBe(2);
    expect(events.filter(({ kind }) => kind === "disconnected")[0]).toMatchObject({
      error: new Error("GetMedia has sent nothing for 60 seconds."),
    });
    stop.abort();
    await under(clock, running);
    expect(aborted).toBe(3);
  });

  it("that has lost its checkpoint to a newer one rejects, and moves nothing", async () => {
    const { clock, base } = world();
    const checkpoint = memoryCheckpoints();
    const running = consumeVideo({
      ...{ ...base, checkpoint, source: answering(written(nth(1))) },
      onFragment: async () => void (await checkpoint.claim("recorder#door", "another")),
    });
    await expect(under(clock, running)).rejects.toThrow(
      `consumeVideo of door by recorder: another process has taken the checkpoint over, before fragment ${fragmentNumberOf(1)} was done.`,
    );
    expect(await checkpoint.claim("recorder#door", "a third")).toBeUndefined();
  });
});

describe("a fragment that fails", () => {
  it("is tried again, and ends the consumer, which says which it was", async () => {
    const { clock, base } = world();
    const attempts: number[] = [];
    const running = consumeVideo({
      ...{ ...base, checkpoint: memoryCheckpoints(), source: answering(written(nth(7))) },
      onFragment(_, { attempt }) {
        attempts.push(attempt);
        throw new Error("no room");
      },
    });
    await expect(under(clock, running)).rejects.toMatchObject({
      message: `consumeVideo of door by recorder: fragment ${fragmentNumberOf(7)} failed, tried 3 times. Started again, it is tried again; with onFailed it is passed over.`,
      cause: new Error("no room"),
    });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("is passed over where onFailed takes it, at once if it cannot succeed", async () => {
    const { clock, base } = world();
    const stop = new AbortController();
    const failed: string[] = [];
    await under(
      clock,
      consumeVideo({
        ...{ ...base, checkpoint: memoryCheckpoints(), signal: stop.signal },
        source: answering(written(nth(1)), written(nth(2))),
        onFragment({ fragmentNumber }, { attempt }) {
          expect(attempt).toBe(1);
          if (fragmentNumber === fragmentNumberOf(1)) throw new NonRetryableError("black");
          stop.abort();
        },
        onFailed: ({ fragmentNumber }) => void failed.push(fragmentNumber),
      }),
    );
    expect(failed).toEqual([fragmentNumberOf(1)]);
  });
});

describe("what may not pass", () => {
  it.each([
    [
      "a stream that is not there",
      Object.assign(new Error("no stream door"), { name: "ResourceNotFoundException" }),
      /at its start: no stream door/,
    ],
    [
      "a right that is missing",
      Object.assign(new Error("not allowed"), { name: "AccessDeniedException" }),
      /not allowed/,
    ],
  ])("ends the consumer: %s", async (_, error, message) => {
    const { clock, base } = world();
    const running = consumeVideo({
      ...{ ...base, checkpoint: memoryCheckpoints(), onFragment() {} },
      source: () => Promise.reject(error),
    });
    await expect(under(clock, running)).rejects.toThrow(message);
  });

  it("is a place where bytes are broken again and again", async () => {
    const { clock, base } = world();
    let calls = 0;
    const running = consumeVideo({
      ...{ ...base, checkpoint: memoryCheckpoints(), onFragment() {} },
      source: async () =>
        (async function* () {
          calls++;
          yield new Uint8Array(10);
        })(),
    });
    await expect(under(clock, running)).rejects.toThrow(/at its start: Matroska, byte 0/);
    expect(calls).toBe(5);
  });

  it("is a store that fails for good; one that may answer is asked again", async () => {
    const { clock, base } = world();
    let calls = 0;
    const failing = (isTransient: boolean): VideoCheckpoints => ({
      ...memoryCheckpoints(),
      isTransient: () => isTransient,
      claim: () => {
        calls++;
        return Promise.reject(new Error("throttled"));
      },
    });
    for (const [isTransient, tried] of [
      [false, 1],
      [true, 8],
    ] as const) {
      calls = 0;
      const running = consumeVideo({
        ...{ ...base, checkpoint: failing(isTransient), onFragment() {}, source: answering() },
      });
      await expect(under(clock, running)).rejects.toMatchObject({
        message: expect.stringContaining("the checkpoint could not be claimed"),
        cause: new Error("throttled"),
      });
      expect(calls).toBe(tried);
    }
  });

  it.each([
    [{ stream: undefined }, /no stream\. Pass it, or set its environment variable/],
    [{ consumer: " " }, /no consumer\./],
    [{ checkpoint: {} }, /checkpoint must be checkpoints, such as dynamodbCheckpoints/],
    [{ onFragment: undefined }, /onFragment must be a function/],
    [{ startAt: "LATEST" }, /startAt must be "EARLIEST", "NOW"/],
    [{ maxAttempts: 0 }, /maxAttempts must be a whole number from 1/],
    [{ fragments: 1 }, /there is no option fragments/],
  ])("is refused at the start: %j", async (wrong, message) => {
    const options = { ...world().base, checkpoint: memoryCheckpoints(), onFragment() {} };
    await expect(consumeVideo({ ...options, ...wrong } as never)).rejects.toThrow(message);
  });
});
