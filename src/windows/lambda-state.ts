/**
 * What a window of Lambda's has come to, from one invocation to the next. It follows from the records in their order: where the batches are
 * cut does not show, neither in the rows nor in their parts.
 */
import { hashOf } from "./aggregates/hash.ts";
import type { Bounds } from "./bounds.ts";
import type { Definition } from "./definition.ts";
import type { Group } from "./group.ts";
import { showKey } from "./keys.ts";
import { WindowMachine } from "./machine.ts";
import { applyWritten, writeWhole, writtenOf } from "./written.ts";

/** The `state` of an invocation, and of its response. */
export interface LambdaState {
  /** Of this form. */
  readonly v: 1;
  readonly epoch?: string;
  /** How many parts of the window were filled before. */
  readonly filled: number;
  /** A machine's whole state, in base64. */
  readonly whole: string;
}

/** Closed groups, whose rows are due. */
export interface Part {
  readonly part: number;
  readonly isLast: boolean;
  readonly groups: readonly Group[];
}

/** So much is put into a state, as JSON: Lambda takes 1 MB, and does not say which. */
const largestState = 1_000_000;
/** Of which base64 may have so many bytes: all but braces, names and an epoch. */
const largestWhole = ((largestState - 1000) / 4) * 3;

/** A part that was filled before its window ended, as messages tell it. */
export interface Filled {
  readonly groups: number;
  /** The key that takes most of it, as messages name it. */
  readonly largest: string;
  readonly bytes: number;
}

export interface WindowCount<T> {
  /** Takes a record in. What is wrong with it is thrown, and nothing has changed. Returns what it has filled. */
  absorb(value: T, arrival: number): Filled | undefined;
  /** The window has ended. */
  end(): void;
  /** What has been closed, in its order. */
  readonly closed: readonly Part[];
  /** What is open, for the response. */
  readonly state: LambdaState;
}

/** What wrote the state was another function than this. */
export class OtherStateError extends Error {
  override readonly name = "OtherStateError";
}

/** Goes on with the state of an invocation. Throws OtherStateError. */
export function countOn<T>(
  definition: Definition<T>,
  bounds: Bounds,
  given: Readonly<Record<string, unknown>>,
  epoch: string | undefined,
): WindowCount<T> {
  let machine = new WindowMachine(definition);
  let filled = 0;
  const closed: Part[] = [];
  /** What each group takes when it is written, once that matters; and all of them together. */
  let sizes: Map<number, number> | undefined;
  let size = 0;

  if (Object.keys(given).length > 0 && given.epoch === epoch) {
    const { v, whole } = given;
    if (v !== 1 || typeof whole !== "string") {
      throw new OtherStateError(
        `The state of the window was not written by lambdaWindow: it has ${Object.keys(given).join(", ").slice(0, 200)}. Give lambdaWindow an \`epoch\` to begin anew without it.`,
      );
    }
    try {
      applyWritten(machine, Buffer.from(whole, "base64"));
    } catch (cause) {
      throw new OtherStateError(
        "The state of the window is of other aggregates, or of another shardmill. Deploy those again until the window has ended, or give lambdaWindow another `epoch`: then what was counted of this window before is left out. Until then nothing is done and nothing is lost.",
        { cause },
      );
    }
    filled = Number(given.filled ?? 0);
  }

  function close(isLast: boolean): void {
    machine.closeAll();
    closed.push({ part: filled + 1, isLast, groups: [...machine.due] });
    machine = new WindowMachine(definition);
    sizes = undefined;
    if (!isLast) filled++;
  }

  /** Whether it is more than a state takes. Nearly always that is told without writing: a text takes three bytes a character, where memory has two. */
  function isFull(): boolean {
    if (1.5 * machine.bytes < largestWhole) return false;
    if (!sizes) size = Buffer.byteLength(definition.fingerprint);
    const changed = sizes ? machine.news.groups : machine.groups.values();
    sizes ??= new Map();
    for (const group of changed) {
      const now = writtenOf(group, definition).byteLength;
      size += now - (sizes.get(group.slot) ?? 0);
      sizes.set(group.slot, now);
    }
    machine.committed();
    return size > largestWhole;
  }

  return {
    closed,
    absorb(value, arrival) {
      machine.absorb(value, arrival, bounds);
      if (!isFull()) return undefined;
      const [largest, bytes] = [...sizes!].reduce((a, b) => (b[1] > a[1] ? b : a));
      const { key } = machine.groups.get(largest)!;
      const said = { groups: machine.groups.size, largest: showKey(key), bytes };
      close(false);
      return said;
    },
    end: () => {
      if (machine.groups.size > 0) close(true);
    },
    get state(): LambdaState {
      const whole = Buffer.from(writeWhole(machine)).toString("base64");
      return { v: 1, ...(epoch !== undefined && { epoch }), filled, whole };
    },
  };
}

/** Whether it stands there for another epoch. */
export const isOfOtherEpoch = (state: object, epoch: string | undefined): boolean =>
  Object.keys(state).length > 0 && (state as { epoch?: unknown }).epoch !== epoch;

/** Something short that tells states apart. */
export function markOf(state: string): string {
  const { high, low } = hashOf(state);
  return `${high.toString(36)}-${low.toString(36)}`;
}

/** What a group has come to, in short. */
export const markOfGroup = <T>(group: Group, definition: Definition<T>): string =>
  markOf(Buffer.from(writtenOf(group, definition)).toString("base64"));
