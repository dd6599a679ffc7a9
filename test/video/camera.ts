/** A camera that has sent fragments, and GetMedia of it, as consumers meet it. */
import type { Random } from "../../src/time/random.ts";
import type { VirtualClock } from "../../src/time/virtual-clock.ts";
import type { Selector, VideoSource } from "../../src/video/consumer/get-media.ts";
import { isBehind } from "../../src/video/fragment.ts";
import { chopped, concat, fragmentNumberOf, nth, written } from "./matroska.ts";

export interface Camera {
  readonly source: VideoSource;
  readonly selectors: Selector[];
}

/** GetMedia of `count` fragments: a connection ends where it likes, in the middle of a fragment too, or fails. */
export function camera({
  count,
  clock,
  random,
  trouble = 0.3,
}: {
  count: number;
  clock: VirtualClock;
  random: Random;
  trouble?: number;
}): Camera {
  const selectors: Selector[] = [];
  return {
    selectors,
    async source(_stream, selector) {
      selectors.push(selector);
      await clock.sleep(20);
      if (random() < trouble)
        throw Object.assign(new Error("slow down"), { name: "ClientLimitExceededException" });
      const after =
        selector.StartSelectorType === "FRAGMENT_NUMBER" ? selector.AfterFragmentNumber : "0";
      const numbers = Array.from({ length: count }, (_, n) => n).filter((n) =>
        isBehind(fragmentNumberOf(n), after),
      );
      // As many as a connection may last for.
      numbers.length = Math.min(numbers.length, 40);
      const bytes = concat(...numbers.map((n) => written(nth(n))));
      const end = random() < trouble ? Math.floor(random() * bytes.length) : bytes.length;
      const lengths = Array.from({ length: 7 }, () => 1 + Math.floor(random() * 900));
      return (async function* () {
        for (const chunk of chopped(bytes.subarray(0, end), lengths)) {
          await clock.sleep(5);
          yield chunk;
        }
        if (random() < trouble) throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
      })();
    },
  };
}
