/** What the log does not know yet of a machine's state: what the next entry has to say. */
import type { AnyAggregate } from "./aggregate.ts";
import { ByteWriter } from "./bytes.ts";
import { type Group, sizeOfStates } from "./group.ts";
import { type Seen, sizeOfInput } from "./sliding.ts";

export class News {
  /** Groups that are new, or that have changed; some of them may be gone since. */
  readonly #told: Group[] = [];
  /** How many of them are not. */
  #left = 0;
  /** By slot: groups that the log knows, and that are no more. */
  readonly gone: number[] = [];
  /** Of sliding windows: records, by key. */
  readonly seen: [string, Seen][] = [];
  /** What all of it takes in an entry, nearly. */
  bytes = 0;
  /** The watermark that the log knows. */
  knownWatermark = Number.NEGATIVE_INFINITY;
  readonly #aggregates: readonly AnyAggregate<never>[];
  readonly #hasLarge: boolean;

  constructor(aggregates: readonly AnyAggregate<never>[]) {
    this.#aggregates = aggregates;
    this.#hasLarge = aggregates.some(({ isLarge }) => isLarge);
  }

  /** Groups that are new, or that have changed. */
  get groups(): readonly Group[] {
    return this.#told.filter(({ isGone }) => !isGone);
  }

  /** Whether there is something to say, where time stands here. */
  isBehind(watermark: number): boolean {
    return this.#left > 0 || this.gone.length > 0 || watermark !== this.knownWatermark;
  }

  /** The group is new, or it is about to change. */
  tell(group: Group): void {
    if (group.isTold) return;
    group.isTold = true;
    group.news = this.#hasLarge ? [] : undefined;
    this.#told.push(group);
    this.#left++;
    this.bytes += 12 + (group.isNew ? 8 + 3 * group.key.length : 0) + sizeOfStates(group);
    if (!this.#hasLarge) return;
    // Of these the inputs are told.
    for (const [at, { isLarge, sizeOf }] of this.#aggregates.entries())
      if (isLarge) this.bytes -= sizeOf(group.states[at]);
  }

  /** An input was added, to a group that was told of. */
  tellInput(group: Group, at: number, input: unknown): void {
    const aggregate = this.#aggregates[at]!;
    if (typeof input === "string") this.bytes += 3 * input.length;
    if (!aggregate.isLarge || !group.news) return;
    group.news[at] ??= { count: 0, bytes: new ByteWriter() };
    const inputs = group.news[at];
    const before = inputs.bytes.length;
    aggregate.writeInput(input, inputs.bytes);
    inputs.count++;
    this.bytes += inputs.bytes.length - before;
  }

  /** Two groups have become this one: what both have been told apart cannot be told as inputs. */
  tellJoined(group: Group): void {
    this.tell(group);
    group.news = undefined;
    for (const state of group.states) this.bytes += typeof state === "object" ? 64 : 16;
  }

  tellSeen(key: string, one: Seen): void {
    this.seen.push([key, one]);
    this.bytes += one.inputs.reduce<number>((sum, input) => sum + sizeOfInput(input), 0);
  }

  tellGone(group: Group): void {
    if (group.isTold) this.#left--;
    if (group.isNew) return;
    this.gone.push(group.slot);
    this.bytes += 3;
  }

  /** The log knows all of it. */
  clear(watermark: number): void {
    for (const group of this.#told) {
      group.isNew = false;
      group.isMoved = false;
      group.isTold = false;
      group.news = undefined;
    }
    this.#told.length = 0;
    this.#left = 0;
    this.gone.length = 0;
    this.seen.length = 0;
    this.bytes = 0;
    this.knownWatermark = watermark;
  }
}
