/** Faults that somebody asks for while the machine runs. Each strikes the next that it fits, and is told. */
import type { Invoke } from "../../../../src/mapping/invoke.ts";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { DynamoDbOptions } from "../dynamodb/index.ts";
import type { SettledRecords } from "../lambda/hosts/index.ts";
import { faultOnPurpose } from "../lambda/hosts/runtime/on-purpose.ts";
import type { FaultEvent } from "./events.ts";
import type { ReloadableFunction } from "./reloadable-function.ts";

export type AskedFault =
  /** In the middle of the function's next invocation. */
  | { readonly fault: "kill"; readonly functionName: string }
  /** The function runs to its end, and nobody hears what it answers. */
  | { readonly fault: "loseAnswer"; readonly functionName: string }
  /** The next so many times that a record is to be processed. Where no `process` of a `kinesisConsumer` takes them one by one, the batch fails after it ran. */
  | { readonly fault: "failRecords"; readonly functionName: string; readonly records: number }
  /** All tables, for what functions ask of them. */
  | { readonly fault: "throttleTables"; readonly seconds: number };

/** A function that may be killed. */
export type Killable = Pick<ReloadableFunction, "environments" | "kill"> & {
  readonly functionName: string;
};

export interface FaultsByHand {
  ask(fault: AskedFault): void;
  /** Who hears of them. */
  hear(tell: (event: FaultEvent) => void): void;
  /** Of the tables. */
  readonly intercept: NonNullable<DynamoDbOptions["intercept"]>;
  /** Of invocations with batches. */
  around(fn: Killable): (invoke: Invoke) => Invoke;
  /** How many calls of `process` are to fail in the invocation that begins. */
  failing(functionName: string, requestId: string): number;
  /** What became of the records of an invocation. */
  settled(requestId: string, records: SettledRecords): void;
}

/** An environment is looked for, and then left to work for so many milliseconds. */
const lookMs = 5;
const lifeMs = 10;

/** Whoever looks on, such as a page, is spared: its requests are signed with this key. */
const spared = "local";

export function faultsByHand(clock: Clock = systemClock): FaultsByHand {
  let tell: (event: FaultEvent) => void = () => {};
  const kills = new Map<string, number>();
  const lost = new Map<string, number>();
  const failing = new Map<string, number>();
  /** By request id: how many calls of `process` may fail there. */
  const granted = new Map<string, number>();
  const batches = new Set<string>();
  /** By request id: takes how many have failed there. */
  const used = new Map<string, (failed: number) => boolean>();
  let throttledUntil = Number.NEGATIVE_INFINITY;
  let refused = 0;

  const say = (of: Omit<FaultEvent, "at" | "type">) =>
    tell({ type: "fault", at: clock.now(), ...of });

  function add(to: Map<string, number>, name: string, n: number): void {
    to.set(name, (to.get(name) ?? 0) + n);
  }

  function take(from: Map<string, number>, name: string): boolean {
    const left = from.get(name) ?? 0;
    if (left > 0) from.set(name, left - 1);
    return left > 0;
  }

  function ask(asked: AskedFault): void {
    if (asked.fault === "throttleTables") {
      throttle(asked.seconds);
      return;
    }
    const { fault, functionName } = asked;
    const text =
      fault === "kill"
        ? `The environment of ${functionName} that gets the next batch will be killed.`
        : fault === "loseAnswer"
          ? `The answer of ${functionName} to the next batch will be lost.`
          : `${asked.records === 1 ? "The next time" : `The next ${asked.records} times`} that ${functionName} is to process a record, it fails.`;
    if (fault === "kill") add(kills, functionName, 1);
    else if (fault === "loseAnswer") add(lost, functionName, 1);
    else add(failing, functionName, asked.records);
    say({ fault, step: "asked", functionName, text });
  }

  function throttle(seconds: number): void {
    const fault = "throttleTables";
    throttledUntil = clock.now() + seconds * 1_000;
    refused = 0;
    say({ fault, step: "struck", text: `The tables are throttled for ${seconds} s.` });
    const own = throttledUntil;
    clock.after(seconds * 1_000, () => {
      if (own !== throttledUntil) return;
      const text = `The tables are throttled no longer: ${refused} requests were refused.`;
      say({ fault, step: "over", text });
    });
  }

  /** True once it was killed. Ends with the invocation. */
  function killer(fn: Killable, requestId: string, strike: () => void) {
    let cancel = clock.after(lookMs, look);
    let struck = false;
    function look(): void {
      const busy = fn.environments().find((one) => one.requestId === requestId);
      cancel = busy
        ? clock.after(lifeMs, () => kill(busy.environmentId))
        : clock.after(lookMs, look);
    }
    function kill(environmentId: string): void {
      if (!fn.environments().some((one) => one.requestId === requestId)) return;
      struck = true;
      strike();
      void fn.kill(environmentId);
    }
    return () => {
      cancel();
      return struck;
    };
  }

  return {
    ask,
    hear: (heard) => {
      tell = heard;
    },
    intercept({ accessKeyId, operation }) {
      if (accessKeyId === spared || clock.now() >= throttledUntil) return undefined;
      if (!/Item|Query|Scan/.test(operation)) return undefined;
      refused++;
      const name = "ProvisionedThroughputExceededException";
      return { before: { name, message: "The tables are throttled: a fault on purpose." } };
    },
    failing(functionName, requestId) {
      const records = batches.has(requestId) ? (failing.get(functionName) ?? 0) : 0;
      if (records === 0) return 0;
      failing.set(functionName, 0);
      granted.set(requestId, (granted.get(requestId) ?? 0) + records);
      return records;
    },
    settled(requestId, { records }) {
      const failed = records.filter(({ error }) => error?.name === faultOnPurpose).length;
      if (failed > 0) used.get(requestId)?.(failed);
    },
    around: (fn) => (invoke) => async (event, context) => {
      const { functionName } = fn;
      const requestId = context.awsRequestId;
      const place = {
        ...{ functionName, requestId },
        stream: event.Records[0]?.eventSourceARN.split("/")[1] ?? "",
        shardId: event.Records[0]?.eventID.split(":")[0] ?? "",
      };
      const struck = (fault: FaultEvent["fault"], text: string) =>
        say({ fault, step: "struck", ...place, text });
      const giveBack = (failed: number) => {
        const grant = granted.get(requestId);
        if (grant === undefined) return false;
        granted.delete(requestId);
        add(failing, functionName, Math.max(0, grant - failed));
        if (failed > 0)
          struck(
            "failRecords",
            `${failed === 1 ? "A record fails" : `${failed} records fail`} on purpose.`,
          );
        return true;
      };
      batches.add(requestId);
      used.set(requestId, giveBack);
      const isKilled = take(kills, functionName)
        ? killer(fn, requestId, () =>
            struck("kill", `The environment of ${functionName} is killed.`),
          )
        : undefined;
      try {
        const answer = await invoke(event, context);
        // Where nothing takes records one by one, none has failed.
        if (giveBack(1)) throw new Error("The batch fails: a fault on purpose.");
        if (take(lost, functionName)) {
          struck("loseAnswer", `The answer of ${functionName} is lost.`);
          throw new Error("The answer was lost: a fault on purpose.");
        }
        return answer;
      } finally {
        // What did not strike waits for the next batch.
        giveBack(0);
        if (isKilled?.() === false) add(kills, functionName, 1);
        batches.delete(requestId);
        used.delete(requestId);
      }
    },
  };
}
