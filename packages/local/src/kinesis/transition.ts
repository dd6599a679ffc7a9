/** Changes of streams and consumers that take time, or none. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { Recorder } from "./recorder.ts";
import type { StreamState } from "./state.ts";

export interface Transitions {
  /**
   * Changes a stream, which has the status `meanwhile` until then and is ACTIVE afterwards.
   * `underway` is what would have to be done again if this process ended meanwhile.
   */
  change(
    stream: StreamState,
    meanwhile: StreamState["status"],
    apply: (now: number) => void,
    underway?: StreamState["underway"],
  ): void;
  /** Does `apply` when a transition's time has passed. */
  after(apply: () => void): void;
}

export function transitions(clock: Clock, ms: number, recorder: Recorder): Transitions {
  const after = (apply: () => void) => {
    if (ms > 0) clock.after(ms, apply);
    else apply();
  };
  return {
    after,
    change(stream, meanwhile, apply, underway) {
      stream.status = meanwhile;
      stream.underway = underway;
      if (ms > 0) recorder.stream(stream);
      after(() => {
        // Deleted in the meantime: there is nothing left to change.
        if (stream.status !== meanwhile) return;
        stream.status = "ACTIVE";
        stream.underway = undefined;
        apply(clock.now());
        recorder.stream(stream);
      });
    },
  };
}
