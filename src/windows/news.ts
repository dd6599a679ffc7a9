/** What the log does not know yet of a machine's state: what the next entry has to say. */
import type { AnyAggregate } from "./aggregate.ts";
import { ByteWriter } from "./bytes.ts";
import type { Group } from "./group.ts";
import { type Seen, sizeOfInput } from "./sliding.ts";

export class News {
  /** Groups that are new, or that have changed. */
  readonly groups = new Set<Group>();
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

  /** Whether there is something to say, where time stands here. */
  isBehind(watermark: number): boolean {
    return this.groups.size > 0 || this.gone.length > 0 || watermark !== this.knownWatermark;
  }

  /** The group is new, or it is about to change. */
  tell(group: Group): void {
    if (group.isTold) return;
    group.isTold = true;
    group.news = this.#hasLarge ? [] : undefined;
    this.groups.add(group);
    this.bytes += 12 + (group.isNew ? 8 + 3 * group.key.length : 0);
    for (let at = 0; at < this.#aggregates.length; at++) {
      const aggregate = this.#aggregates[at]!;
      if (!aggregate.isLarge) this.bytes += aggregate.sizeOf(group.states[at]);
    }
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
    this.groups.delete(group);
    if (group.isNew) return;
    this.gone.push(group.slot);
    this.bytes += 3;
  }

  /** The log knows all of it. */
  clear(watermark: number): void {
    for (const group of this.groups) {
      group.isNew = false;
      group.isMoved = false;
      group.isTold = false;
      group.news = undefined;
    }
    this.groups.clear();
    this.gone.length = 0;
    this.seen.length = 0;
    this.bytes = 0;
    this.knownWatermark = watermark;
  }
}
