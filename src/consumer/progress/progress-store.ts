/** A store, and what progress adds to a batch. */
import {
  type EntryStore,
  type MemoryProgressOptions,
  memoryEntries,
  type ProgressStore,
} from "../../progress/store.ts";
import { progressSteps } from "./steps.ts";

/**
 * Progress in a store of your own: an object that has these functions itself, not by its class.
 *
 * @example
 * const progress = progressStore({ readAfter, readBefore, readSome, append, isTransient, parentsOf });
 */
export const progressStore = (store: EntryStore): ProgressStore => ({
  ...store,
  rules: progressSteps,
});

/** Progress in this process's memory: for tests, and for trying things out. */
export const memoryProgress = (options: MemoryProgressOptions = {}): ProgressStore =>
  progressStore(memoryEntries(options));
