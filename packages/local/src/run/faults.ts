/** Bad luck on purpose, at the seams between the machine's parts: each by a seed. */

import type { Invoke } from "../../../../src/mapping/invoke.ts";
import { type Random, seededRandom } from "../../../../src/time/random.ts";
import type { DynamoDbOptions } from "../dynamodb/index.ts";
import type { ReloadableFunction } from "./reloadable-function.ts";

/** How often what went wrong. */
export interface FaultCounts {
  /** Execution environments that were killed in the middle of an invocation. */
  kills: number;
  /** Invocations that were throttled: the function did not run. */
  throttles: number;
  /** Invocations that ran to their end, and whose answer was lost. */
  lostAnswers: number;
  /** Requests to DynamoDB that were refused. */
  refusedRequests: number;
  /** Requests to DynamoDB that were performed, and whose reply was lost. */
  lostReplies: number;
}

export interface Faults {
  readonly counts: Readonly<FaultCounts>;
  /** Goes wrong with requests for items; tables are made in peace. */
  readonly intercept: NonNullable<DynamoDbOptions["intercept"]>;
  /** Goes wrong with invocations of a function. */
  around(fn: Pick<ReloadableFunction, "environments" | "kill">): (invoke: Invoke) => Invoke;
}

/** Shares of all invocations, and of all requests. */
const rates = { kill: 0.08, throttle: 0.08, lostAnswer: 0.08, refused: 0.01, lostReply: 0.01 };
/** An invocation that is to be killed is killed within so many milliseconds. */
const longestLife = 50;

/** The same seed draws the same faults, each seam for itself; when they strike is up to the machine. */
export function seededFaults(seed: number): Faults {
  const ofInvocations = seededRandom(seed);
  const ofRequests = seededRandom(seed + 1);
  const counts = { kills: 0, throttles: 0, lostAnswers: 0, refusedRequests: 0, lostReplies: 0 };

  return {
    counts,
    intercept({ operation }) {
      if (!/Item|Query|Scan/.test(operation)) return undefined;
      const drawn = ofRequests();
      if (drawn < rates.refused) {
        counts.refusedRequests++;
        return { before: { name: "InternalServerError", message: "a fault on purpose" } };
      }
      if (drawn < rates.refused + rates.lostReply) {
        counts.lostReplies++;
        return { after: "dropReply" };
      }
      return undefined;
    },
    around: (fn) => (invoke) => async (event, context) => {
      const fate = draw(ofInvocations);
      if (fate.kind === "throttle") {
        counts.throttles++;
        throw throttled();
      }
      if (fate.kind === "kill") {
        const kill = setTimeout(() => {
          const busy = fn
            .environments()
            .find(({ requestId }) => requestId === context.awsRequestId);
          if (!busy) return;
          counts.kills++;
          void fn.kill(busy.environmentId);
        }, fate.afterMs);
        return Promise.resolve(invoke(event, context)).finally(() => clearTimeout(kill));
      }
      const answer = await invoke(event, context);
      if (fate.kind === "fine") return answer;
      counts.lostAnswers++;
      throw new Error("The answer was lost: a fault on purpose.");
    },
  };
}

type Fate =
  | { readonly kind: "fine" | "throttle" | "lostAnswer" }
  | { readonly kind: "kill"; readonly afterMs: number };

/** Two draws each time, so that one fate does not change the next. */
function draw(random: Random): Fate {
  const drawn = random();
  const afterMs = random() * longestLife;
  if (drawn < rates.kill) return { kind: "kill", afterMs };
  if (drawn < rates.kill + rates.throttle) return { kind: "throttle" };
  if (drawn < rates.kill + rates.throttle + rates.lostAnswer) return { kind: "lostAnswer" };
  return { kind: "fine" };
}

function throttled(): Error {
  const error = new Error("Rate Exceeded: a fault on purpose.");
  error.name = "TooManyRequestsException";
  return error;
}
