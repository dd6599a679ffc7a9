/** Failures on request: answers that come late, and refusals by chance. */

import type { Clock } from "../../../../../src/time/clock.ts";
import type { Random } from "../../../../../src/time/random.ts";
import { checkFaults } from "../../../../services/src/http/check-faults.ts";
import { KinesisError } from "../error.ts";

/** What goes wrong on purpose with calls of one action. */
export interface Fault {
  /**
   * How often a call is refused as if there had been too many, 0 to 1. PutRecords refuses its
   * records one by one. @default 0
   */
  readonly throttleRate?: number;
  /** How often a call fails with InternalFailureException and does nothing, 0 to 1. @default 0 */
  readonly internalFailureRate?: number;
  /** How long an answer waits. @default 0 */
  readonly latencyMs?: number;
}

/** By the name of the action, such as `PutRecords`. */
export type Faults = Readonly<Record<string, Fault>>;

const perRecord = "PutRecords";
const onShards = new Set(["GetRecords", "GetShardIterator", "PutRecord"]);

export function faultInjection(faults: Faults, clock: Clock, random: Random) {
  checkFaults(faults);
  const happens = (rate = 0) => rate > 0 && random() < rate;
  return {
    /** Waits, or throws, before the action does anything. */
    async before(action: string): Promise<void> {
      const fault = faults[action];
      if (!fault) return;
      const { latencyMs = 0 } = fault;
      if (latencyMs > 0) await new Promise<void>((done) => clock.after(latencyMs, done));
      if (happens(fault.internalFailureRate)) {
        throw new KinesisError("InternalFailureException", "Internal Service Failure");
      }
      if (action !== perRecord && happens(fault.throttleRate)) throw throttled(action);
    },
    throttlesRecord: () => happens(faults[perRecord]?.throttleRate),
  };
}

const throttled = (action: string) =>
  onShards.has(action)
    ? new KinesisError("ProvisionedThroughputExceededException", "Rate exceeded")
    : new KinesisError("LimitExceededException", "Rate exceeded");
