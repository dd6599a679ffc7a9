/** Things that are found by several values: by the first, then by the second, and so on. No text of them is put together, hashed and compared for a row. */
import type { Value } from "../types/sql-type.ts";
import { keyOf } from "./values.ts";

export class KeyTree<T extends object> {
  /** The values of the last level lead to things, others to the next level. */
  readonly #root = new Map<Value, any>();

  /** `values` are always as many. */
  find(values: readonly Value[]): T | undefined {
    const last = values.length - 1;
    let node: any = this.#root;
    for (let at = 0; node !== undefined && at < last; at++) node = node.get(partOf(values[at]!));
    return node?.get(last < 0 ? null : partOf(values[last]!));
  }

  put(values: readonly Value[], thing: T): void {
    const last = values.length - 1;
    let node = this.#root;
    for (let at = 0; at < last; at++) {
      const part = partOf(values[at]!);
      const next = node.get(part) ?? new Map();
      node.set(part, next);
      node = next;
    }
    node.set(last < 0 ? null : partOf(values[last]!), thing);
  }
}

/** A list is found by what is in it. */
const partOf = (value: Value): Value => (Array.isArray(value) ? keyOf(value) : value);
