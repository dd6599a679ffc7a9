/** Lambda's event source mapping for Kinesis: its settings, its life, and the shards that it reads. */

import type { DeliveryContext } from "../../../../../src/mapping/delivery.ts";
import type { OnFailure } from "../../../../../src/mapping/failure-destination.ts";
import { newMetrics } from "../../../../../src/mapping/metrics.ts";
import { destinationOf } from "../../../../../src/mapping/settings.ts";
import { defaultTiming } from "../../../../../src/mapping/timing.ts";
import { newTrace } from "../../../../../src/mapping/trace.ts";
import { untilQuiet, virtual } from "../../../../../src/time/passing-time.ts";
import { randomUuid, systemRandom } from "../../../../../src/time/random.ts";
import { checkNumber } from "../../../../../src/values/number-option.ts";
import {
  describeMapping,
  type LastProcessingResult,
  type MappingDescription,
  type MappingState,
} from "./describe.ts";
import { invalidParameter, notFound } from "./error.ts";
import { compileFilters } from "./filters.ts";
import { mappingIdentity } from "./identity.ts";
import { type MappingSettings, type Settings, withSettings } from "./settings.ts";
import { shardRuns } from "./shard-runs.ts";
import { findSource } from "./source.ts";
import type { Mapping, MappingOptions } from "./types.ts";
import { validateSettings } from "./validation.ts";

/**
 * Reads a stream as Lambda does, and invokes a function with its batches.
 *
 * @example
 * const clock = virtualClock();
 * const kinesis = createKinesis({ clock });
 * kinesis.createStream({ name: "orders" });
 * kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("{}") });
 * const mapping = createEventSourceMapping({ kinesis, stream: "orders", invoke: (event) => {} });
 * await mapping.drain();
 * mapping.trace[0]?.outcome; // "success"
 */
export function createEventSourceMapping(options: MappingOptions): Mapping {
  const { kinesis, invoke, onFailure, transitionMs = 0 } = options;
  const { clock = kinesis.clock, random = systemRandom, trace: keepTrace = true } = options;
  checkNumber("createEventSourceMapping: transitionMs", transitionMs, { least: 0 });
  const given = options.settings ?? {};
  let warnings = validateSettings(given, { now: clock.now() });
  let settings = withSettings(given);
  checkDestinationTaken(settings, onFailure);
  const source = findSource(kinesis, options);
  const uuid = randomUuid(random);
  const identity = mappingIdentity(uuid, options, source);
  const metrics = newMetrics();
  const trace = newTrace(keepTrace, options.onInvocation);
  const timing = { ...defaultTiming(source.consumerArn !== undefined), ...options.timing };

  let state: MappingState = "Creating";
  let lastModified = clock.now();
  let lastProcessingResult: LastProcessingResult = "No records processed";
  /** Changes that were asked for and do not apply yet. */
  let pending = 0;
  let inFlight = 0;
  let gone = false;
  let fault: { readonly error: unknown } | undefined;
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };

  const isBusy = () => inFlight > 0;
  const onChange = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  const virtualClock = virtual(clock);
  const context: DeliveryContext = {
    identity,
    clock,
    random,
    invoke,
    onFailure,
    metrics,
    trace,
    busy() {
      const idle = virtualClock?.busy();
      inFlight++;
      return () => {
        inFlight--;
        idle?.();
      };
    },
    onResult(result) {
      lastProcessingResult = result;
    },
  };
  const fail = (error: unknown) => {
    fault ??= { error };
    options.onFault?.(error);
    changed();
  };
  const shards = shardRuns({
    ...{ context, kinesis, timing, onProgress: changed, onFault: fail },
    onCheckpoint: options.onCheckpoint ?? (() => {}),
  });
  if (transitionMs === 0) shards.locate(settings);
  changeTo("Creating");

  function changeTo(meanwhile: MappingState): void {
    state = meanwhile;
    lastModified = clock.now();
    pending++;
    clock.after(transitionMs, () => {
      apply().catch(fail);
    });
  }

  async function apply(): Promise<void> {
    await shards.stop();
    pending--;
    if (state === "Deleting" || pending > 0) return;
    if (settings.enabled) {
      shards.locate(settings);
      shards.start(settings, compileFilters(settings.filterCriteria).matches);
    }
    state = settings.enabled ? "Enabled" : "Disabled";
    changed();
  }

  function describe(): MappingDescription {
    if (gone) throw notFound();
    return describeMapping(identity, settings, { state, lastProcessingResult, lastModified });
  }

  function update(change: MappingSettings): MappingDescription {
    if (gone) throw notFound();
    if ("startingPosition" in change || "startingPositionTimestamp" in change) {
      throw invalidParameter(
        "The starting position of a mapping cannot be changed. Create another mapping for it.",
      );
    }
    const merged = withSettings(change, settings);
    warnings = validateSettings(merged);
    checkDestinationTaken(merged, onFailure);
    const switched = merged.enabled !== settings.enabled;
    settings = merged;
    changeTo(switched ? (merged.enabled ? "Enabling" : "Disabling") : "Updating");
    return describe();
  }

  return {
    uuid,
    metrics,
    get state() {
      return state;
    },
    get lastProcessingResult() {
      return lastProcessingResult;
    },
    get checkpoints() {
      return shards.checkpoints();
    },
    get trace() {
      return trace.entries;
    },
    get warnings() {
      return warnings;
    },
    describe,
    update,
    start() {
      if (!settings.enabled) update({ enabled: true });
    },
    stop() {
      if (settings.enabled) update({ enabled: false });
    },
    async drain() {
      await untilQuiet(clock, {
        isQuiet: () =>
          fault !== undefined ||
          (pending === 0 && inFlight === 0 && (gone || !settings.enabled || shards.quiet())),
        isBusy,
        onChange,
      });
      if (fault) throw fault.error;
    },
    async close() {
      if (gone) return;
      state = "Deleting";
      let ended = false;
      const stopped = shards.stop().then(() => {
        ended = true;
        changed();
      });
      // What is in flight may wait for time to pass.
      await untilQuiet(clock, { isQuiet: () => ended, isBusy, onChange });
      await stopped;
      gone = true;
    },
  };
}

/** A destination in the settings needs someone who takes documents there. */
function checkDestinationTaken(settings: Settings, onFailure: OnFailure | undefined): void {
  const destination = destinationOf(settings);
  if (!destination || onFailure) return;
  throw new TypeError(
    `The settings name the failure destination ${destination}, and nothing takes documents there: give \`onFailure\`.`,
  );
}
