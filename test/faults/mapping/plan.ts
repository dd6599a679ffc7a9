/** A random plan: how the stream and the mapping are set up, and what happens to them. */
import type { MappingSettings } from "../../../packages/local/src/lambda/mapping/index.ts";
import type { Random } from "../../../src/time/random.ts";

export interface Plan {
  readonly shards: number;
  /** The mapping is on a fan-out consumer. */
  readonly fanOut: boolean;
  readonly limits: boolean;
  readonly settings: MappingSettings;
  readonly steps: readonly Step[];
  readonly behaviour: Behaviour;
  /** How likely the failure destination refuses a document. */
  readonly destinationFails: number;
}

export type Step = { readonly after: number } & (
  | { readonly type: "put"; readonly keys: readonly string[]; readonly aggregate: boolean }
  | { readonly type: "split" | "merge"; readonly choice: number }
  | { readonly type: "update"; readonly settings: MappingSettings }
  | { readonly type: "stop" | "start" }
);

/** How likely the function does each, per invocation; what is left over is success. */
export interface Behaviour {
  readonly throws: number;
  readonly partial: number;
  readonly junk: number;
  readonly throttles: number;
  readonly slow: number;
  /** How likely a record fails every invocation that it is in. */
  readonly poison: number;
}

export interface Chance {
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  oneOf<T>(choices: readonly T[]): T;
  happens(probability: number): boolean;
}

export function chanceOf(random: Random): Chance {
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    between,
    oneOf: (choices) => choices[between(0, choices.length - 1)]!,
    happens: (probability) => random() < probability,
  };
}

export const keepPattern = JSON.stringify({ data: { keep: [true] } });

export function planOf(chance: Chance): Plan {
  const settings = settingsOf(chance);
  const endless = settings.maximumRetryAttempts === -1 && settings.maximumRecordAgeInSeconds === -1;
  return {
    shards: chance.between(1, 3),
    fanOut: chance.happens(0.3),
    limits: chance.happens(0.2),
    settings,
    steps: Array.from({ length: chance.between(5, 25) }, () => stepOf(chance, settings)),
    behaviour: {
      throws: chance.oneOf([0, 0.1, 0.3]),
      partial: chance.oneOf([0, 0.2, 0.5]),
      junk: chance.oneOf([0, 0, 0.1]),
      throttles: chance.oneOf([0, 0, 0.2]),
      slow: chance.oneOf([0, 0.3, 1]),
      // What always fails must have an end.
      poison: endless ? 0 : chance.oneOf([0, 0.02, 0.1]),
    },
    destinationFails: chance.oneOf([0, 0, 0.3]),
  };
}

function settingsOf(chance: Chance): MappingSettings {
  const window = chance.happens(0.2) ? chance.oneOf([5, 30]) : 0;
  return {
    batchSize: chance.oneOf([1, 2, 5, 20, 100]),
    maximumBatchingWindowInSeconds: chance.oneOf([0, 0, 1, 20]),
    parallelizationFactor: window > 0 ? 1 : chance.oneOf([1, 1, 2, 5]),
    bisectBatchOnFunctionError: chance.happens(0.5),
    maximumRecordAgeInSeconds: chance.oneOf([-1, -1, 60, 120]),
    maximumRetryAttempts: chance.oneOf([-1, 0, 1, 3]),
    tumblingWindowInSeconds: window,
    functionResponseTypes: chance.happens(0.6) ? ["ReportBatchItemFailures"] : [],
    ...(window === 0 &&
      chance.happens(0.3) && { filterCriteria: { filters: [{ pattern: keepPattern }] } }),
  };
}

function stepOf(chance: Chance, settings: MappingSettings): Step {
  const after = chance.oneOf([0, 0, 1, 50, 900, 5000, 20_000]);
  const type = chance.oneOf([
    "put",
    "put",
    "put",
    "put",
    "put",
    "split",
    "merge",
    "update",
    "pause",
  ]);
  switch (type) {
    case "put": {
      const keys = Array.from(
        { length: chance.between(1, 30) },
        () => `key-${chance.between(0, 9)}`,
      );
      return { type, after, keys, aggregate: chance.happens(0.2) };
    }
    case "split":
    case "merge":
      return { type, after, choice: chance.between(0, 1000) };
    case "update":
      return { type, after, settings: changeOf(chance, settings) };
    default:
      return { type: chance.oneOf(["stop", "start"]), after };
  }
}

/** What an update changes; never what decides whether a failing record has an end. */
function changeOf(
  chance: Chance,
  { tumblingWindowInSeconds = 0 }: MappingSettings,
): MappingSettings {
  return chance.oneOf<MappingSettings>([
    { batchSize: chance.between(1, 30) },
    { maximumBatchingWindowInSeconds: chance.between(0, 10) },
    { bisectBatchOnFunctionError: chance.happens(0.5) },
    tumblingWindowInSeconds > 0 ? {} : { parallelizationFactor: chance.between(1, 6) },
  ]);
}
