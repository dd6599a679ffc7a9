import { checkNumber } from "../../../../src/values/number-option.ts";

interface Fault {
  readonly throttleRate?: number;
  readonly internalFailureRate?: number;
  readonly latencyMs?: number;
}

/** Throws for a rate or a latency that would be no failure at all. */
export function checkFaults(faults: Readonly<Record<string, Fault>>): void {
  for (const [action, { throttleRate, internalFailureRate, latencyMs }] of Object.entries(faults)) {
    const of = `faults of ${action}:`;
    checkNumber(`${of} throttleRate`, throttleRate, { least: 0, most: 1 });
    checkNumber(`${of} internalFailureRate`, internalFailureRate, { least: 0, most: 1 });
    checkNumber(`${of} latencyMs`, latencyMs, { least: 0 });
  }
}
