/** What workers do with the leases of a table on this machine: its rows are read when somebody has written one, once in half a second. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ServicesOptions } from "@shardmill/local/rig";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { dynamodbTable } from "../../../../src/worker/leases/dynamodb-table.ts";
import { type Lease, leaseIn } from "../../../../src/worker/leases/lease.ts";
import type { LeaseTold } from "./dev-event.ts";

export interface LeasesWatch {
  /** Hears of every request to the tables. */
  readonly request: NonNullable<ServicesOptions["onTableRequest"]>;
  /** Looks at nothing more. */
  close(): void;
}

const pauseMs = 500;

export function leasesWatch(
  client: () => DynamoDBClient | undefined,
  tell: (event: LeaseTold) => void,
  clock: Clock = systemClock,
): LeasesWatch {
  /** By table, then by the lease's key: the row as it was told last. */
  const known = new Map<string, Map<string, string>>();
  const due = new Set<string>();
  let isClosed = false;

  async function look(name: string): Promise<void> {
    due.delete(name);
    const from = client();
    if (!from || isClosed) return;
    const rows = await dynamodbTable(name, undefined, from).scan();
    const told = known.get(name) ?? new Map<string, string>();
    known.set(name, told);
    for (const lease of rows.flatMap((row) => leaseIn(row) ?? [])) {
      const event = leaseTold(name, lease);
      const text = JSON.stringify(event);
      if (told.get(lease.key) === text) continue;
      told.set(lease.key, text);
      tell({ ...event, at: clock.now() });
    }
  }

  return {
    request({ error, input, operation }) {
      if (error !== undefined || !/^(Put|Update|Delete)Item$/.test(operation)) return;
      const key = (input.Key ?? input.Item) as { readonly leaseKey?: unknown } | undefined;
      const name = String(input.TableName);
      if (key?.leaseKey === undefined || due.has(name)) return;
      due.add(name);
      // A table that is gone, or throttled on purpose, is looked at with the next write.
      clock.after(pauseMs, () => void look(name).catch(() => {}));
    },
    close() {
      isClosed = true;
    },
  };
}

function leaseTold(table: string, lease: Lease): Omit<LeaseTold, "at"> {
  const { checkpoint, checkpointOwner, counter, key, owner, shardId, streamName } = lease;
  const { sequenceNumber, subSequenceNumber } = checkpoint;
  return {
    ...{ type: "lease", table, key, shardId: shardId.split(":").at(-1) ?? shardId },
    // `account:stream:epoch`
    ...(streamName !== undefined && { stream: streamName.split(":")[1] ?? streamName }),
    ...(owner !== undefined && { owner }),
    ...(checkpointOwner !== undefined && { handedBy: checkpointOwner }),
    ...{ checkpoint: sequenceNumber, counter },
    ...(subSequenceNumber > 0 && { subSequenceNumber }),
  };
}
