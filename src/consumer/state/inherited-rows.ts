/**
 * Rows that were due when their shard was split or merged are run by its children. Whoever had begun one before has its effect all the same, and says so
 * in the parent's log, behind the entry that hands the state over: there the children look before they run such a row.
 */
import { parentLogs } from "../../progress/parent-logs.ts";
import type { Recalled } from "../batch-run.ts";
import type { DueRow, MachineKind } from "../machine.ts";
import type { Source } from "./inherited.ts";
import { restore } from "./restore.ts";

/** Which of the rows that are due were done in the parents' logs, by slot. `source` stands before their ids. */
export async function doneInParents<T>(
  due: readonly DueRow[],
  source: string,
  shard: Source,
  kind: MachineKind<T>,
  { access, log }: Recalled,
): Promise<readonly number[]> {
  const own = `${source}/${shard.shardId}/`;
  const inherited = due.filter(({ id }) => !id.startsWith(own));
  if (inherited.length === 0) return [];
  const done = new Set<string>();
  await look(log.name, shard);
  return inherited.filter(({ id }) => done.has(id)).map(({ slot }) => slot);

  async function look(name: string, child: Source): Promise<void> {
    for (const parent of await parentLogs(name, child, access)) {
      const [, , , shardId = ""] = parent.split("#");
      const { entries } = await access.store.readBefore(parent, Number.POSITIVE_INFINITY);
      const handed = entries.find(({ windows }) => windows?.handed)?.n ?? Number.POSITIVE_INFINITY;
      const gone = entries.flatMap(({ n, windows }) =>
        n > handed && windows?.changes ? kind.slotsGone(windows.changes) : [],
      );
      if (gone.length > 0) {
        const { state } = await restore(parent, handed, kind, access);
        const ids = new Map(
          kind.rows(state.machine, source, shardId).map(({ id, slot }) => [slot, id]),
        );
        for (const slot of gone) done.add(ids.get(slot) ?? "");
      }
      // One that never had a record has its state from its own parents, and has told them.
      if (entries.every(({ windows }) => windows?.handed))
        await look(parent, { ...child, shardId });
    }
  }
}
