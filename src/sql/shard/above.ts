/** What the machine knows besides in which shards are merged: how far each has given its part, and who runs the rows. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { readTime, writeTime } from "../run/values.ts";

export interface Above {
  /** By shard: up to which time it has given all that it has. */
  readonly reached: Map<string, number>;
  /** Groups that came for windows whose rows had come out. There are none, unless something is wrong. */
  late: number;
  /** Who runs the rows that are due, and until when. */
  claim: { readonly by: string; readonly until: number } | undefined;
}

export const newAbove = (): Above => ({ reached: new Map(), late: 0, claim: undefined });

export function writeAbove({ claim, reached }: Above, to: ByteWriter): void {
  to.varint(reached.size);
  for (const [shard, time] of reached) {
    to.text(shard);
    writeTime(time, to);
  }
  to.text(claim?.by ?? "");
  writeTime(claim?.until ?? 0, to);
}

export function readAbove(above: Above, from: ByteReader): void {
  above.reached.clear();
  for (let left = from.varint(); left > 0; left--) above.reached.set(from.text(), readTime(from));
  const [by, until] = [from.text(), readTime(from)];
  above.claim = by ? { by, until } : undefined;
}
