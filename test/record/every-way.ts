import { describe, expect, it } from "vitest";
import { type Say, waysToAnswer, waysToFail } from "./thenables.ts";
import { unhandledRejections } from "./unhandled.ts";

/** Options with a function that says what it has to say through `say`. */
export type Case<Options> = (say: Say) => Options;

/** By option, and by what the function is or does. */
export type Cases<Options> = Readonly<Record<string, Readonly<Record<string, Case<Options>>>>>;

/** That what comes of a function is the same, whether it says a thing at once or later, in a promise of whatever make. */
export function describeEveryWay<Options>(
  options: Cases<Options>,
  /** Names of functions that are never called. */
  unheard: readonly string[],
  /** All that can be seen of a handler with these options. */
  outcomeOf: (given: Options) => Promise<object>,
): void {
  const unhandled = unhandledRejections();
  const outcome = async (given: Options) => {
    const seen = await outcomeOf(given);
    // What was left unhandled comes now.
    await new Promise(setImmediate);
    return seen;
  };
  const cases = Object.entries(options).flatMap(([option, functions]) =>
    Object.entries(functions).map(([name, given]) => [option, name, given] as const),
  );

  describe.each(cases)("%s: %s", (_option, name, given) => {
    it.each([
      ["answer", waysToAnswer],
      ["fail", waysToFail],
    ])("may %s at once, or later in a promise of any make", async (_, [[, atOnce], ...later]) => {
      let said = 0;
      const counted: Say = (what) => {
        said++;
        return atOnce(what);
      };
      const wanted = await outcome(given(counted));
      expect(said > 0).toBe(!unheard.includes(name));
      for (const [how, say] of later) expect(await outcome(given(say)), how).toEqual(wanted);
      expect(unhandled).toEqual([]);
    });
  });
}
