/** Provisioned or on demand. */
import { KinesisError, limitExceeded } from "./error.ts";
import type { StreamState } from "./state.ts";
import type { StreamMode } from "./types.ts";

const day = 24 * 3_600_000;
const mostSwitchesPerDay = 2;

/** Refuses what only a provisioned stream may be asked for. */
export function checkProvisioned(stream: StreamState): void {
  if (stream.mode === "PROVISIONED") return;
  throw new KinesisError(
    "ValidationException",
    `Request is invalid. Stream ${stream.name} under account ${stream.accountId} is in On-Demand mode.`,
  );
}

export function planModeSwitch(stream: StreamState, mode: StreamMode, now: number): () => void {
  // The mode that it has already is no switch: Terraform asks for it again and again.
  if (stream.mode === mode) return () => {};
  const recent = stream.modeSwitches.filter((at) => at > now - day);
  if (recent.length >= mostSwitchesPerDay) {
    throw limitExceeded(
      `The mode of stream ${stream.name} under account ${stream.accountId} has been switched ${mostSwitchesPerDay} times in the last 24 hours, which is the limit.`,
    );
  }
  return () => {
    stream.mode = mode;
    stream.modeSwitches = [...recent, now];
  };
}

/** Refuses what only an on-demand stream may be asked for. */
export function checkOnDemand(mode: StreamMode, streamName: string, accountId: string): void {
  if (mode === "ON_DEMAND") return;
  throw new KinesisError(
    "ValidationException",
    `Request is invalid. Stream ${streamName} under account ${accountId} is not in ON_DEMAND mode.`,
  );
}
