import { type Counts, noCounts } from "../observe/metrics.ts";
import * as Outcome from "./outcome.ts";

export const isDone = (outcome: number) => outcome >= Outcome.processed;

/**
 * What became of the records of a batch, by place, and how much of it the log has. All of it changes here alone; what is
 * done stays done, but for what could not be parked after all.
 */
export class Outcomes {
  readonly #all: Uint8Array;
  readonly #saved: Uint8Array;
  #unsaved = 0;
  readonly #counts: { -readonly [Name in keyof Counts]: number };
  readonly #errors = new Map<number, unknown>();
  readonly #attempts = new Map<number, number>();
  readonly #hung = new Set<number>();
  readonly #twins = new Map<number, number>();

  constructor(received: number, size: number) {
    this.#all = new Uint8Array(size);
    this.#saved = new Uint8Array(size);
    this.#counts = { ...noCounts(), received, userRecords: size };
  }

  get size(): number {
    return this.#all.length;
  }

  of(place: number): number {
    return this.#all[place]!;
  }

  isFresh(place: number): boolean {
    return this.#all[place] === Outcome.fresh;
  }

  /** The first place of which that is so; -1: none. */
  find(is: (outcome: number) => boolean): number {
    return this.#all.findIndex(is);
  }

  /** The places of which that is so: `is` is asked once for all that are alike. */
  places(is: (outcome: number) => boolean): number[] {
    const places: number[] = [];
    const isSo: boolean[] = [];
    let place = 0;
    for (const outcome of this.#all) {
      isSo[outcome] ??= is(outcome);
      if (isSo[outcome]) places.push(place);
      place++;
    }
    return places;
  }

  get counts(): Readonly<Counts> {
    return this.#counts;
  }

  /** Counts what is of no record alone. */
  count(name: "abandoned" | "conflicts" | "givenBack" | "undecided" | "unsaved", by = 1): void {
    this.#counts[name] += by;
  }

  /** What was thrown, by place: for a record that failed, now or while it was read. */
  get errors(): ReadonlyMap<number, unknown> {
    return this.#errors;
  }

  /** How often a record has failed, this time included, by place. */
  get attempts(): ReadonlyMap<number, number> {
    return this.#attempts;
  }

  /** It went on until the end of its invocation, or may have: it runs alone the next time. */
  isHung(place: number): boolean {
    return this.#hung.has(place);
  }

  /** Of a record with the id of an earlier one: the place of that one. */
  get twins(): ReadonlyMap<number, number> {
    return this.#twins;
  }

  begin(place: number): void {
    this.#become(place, Outcome.running);
  }

  /** It is to be begun anew: nothing is known of how it ran. */
  again(place: number): void {
    this.#become(place, Outcome.fresh);
  }

  /** It may be what took all the time. */
  suspect(place: number, attempts: number): void {
    this.again(place);
    this.#hung.add(place);
    this.#attempts.set(place, attempts);
  }

  giveBack(place: number): void {
    this.#become(place, Outcome.givenBack);
  }

  processed(place: number): void {
    if (this.#settle(place, Outcome.processed)) this.#counts.processed++;
  }

  dropped(place: number): void {
    this.#become(place, Outcome.dropped);
  }

  /** An error that waits until it is the record's turn to fail. */
  threw(place: number, error: unknown): void {
    this.#errors.set(place, error);
  }

  failed(place: number, error: unknown, attempts: number): void {
    if (!this.#fail(place, attempts)) return;
    this.#errors.set(place, error);
  }

  hung(place: number, attempts: number): void {
    if (this.#fail(place, attempts)) this.#hung.add(place);
  }

  /** False: it was done in the meantime. */
  parked(place: number): boolean {
    // A slice may have called it failed before: what counts is that it is parked.
    if (!isDone(this.of(place))) this.#saved[place] = 0;
    if (!this.#settle(place, Outcome.parked)) return false;
    this.#counts.parked++;
    return true;
  }

  /** Parked, but the log could not be told: it comes again. */
  unparked(place: number): void {
    this.#all[place] = Outcome.failed;
  }

  twinOf(place: number, first: number): void {
    if (this.#become(place, Outcome.twin)) this.#twins.set(place, first);
  }

  /** It was done before. */
  known(place: number, as: "redelivered" | "duplicate"): void {
    const isDuplicate = as === "duplicate";
    if (!this.#become(place, isDuplicate ? Outcome.duplicate : Outcome.redelivered)) return;
    this.#counts[isDuplicate ? "duplicates" : as]++;
  }

  /** How many are settled and not in the log. */
  get unsaved(): number {
    return this.#unsaved;
  }

  isSaved(place: number): boolean {
    return this.#saved[place] === 1;
  }

  /** The log has what became of the record: by an entry of ours or of another environment. */
  saved(place: number): void {
    const outcome = this.#all[place];
    const counts = outcome === Outcome.processed || outcome === Outcome.parked;
    if (counts && !this.#saved[place]) this.#unsaved--;
    this.#saved[place] = 1;
  }

  #fail(place: number, attempts: number): boolean {
    if (!this.#become(place, Outcome.failed)) return false;
    this.#attempts.set(place, attempts);
    this.#counts.failed++;
    return true;
  }

  #settle(place: number, outcome: number): boolean {
    if (!this.#become(place, outcome)) return false;
    if (this.#saved[place] === 0) this.#unsaved++;
    return true;
  }

  /** False: it is done, and stays so. */
  #become(place: number, outcome: number): boolean {
    if (this.#all[place]! >= Outcome.processed) return false;
    this.#all[place] = outcome;
    return true;
  }
}
