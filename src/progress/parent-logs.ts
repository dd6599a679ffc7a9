import { logName } from "./entry.ts";
import type { LogAccess } from "./log-access.ts";

/** The shard whose parents are meant, as this consumer reads it. */
interface Child {
  readonly consumer: string;
  readonly streamArn: string;
  readonly shardId: string;
}

/** The names of the parents' logs of the shard whose log is `name`. What was answered is not asked for again where a later question was refused. */
export async function parentLogs(
  name: string,
  { consumer, streamArn, shardId }: Child,
  { lineage, parentsOf }: LogAccess,
): Promise<readonly string[]> {
  const names =
    lineage.get(name) ??
    (await parentsOf(streamArn, shardId)).map((parent) =>
      logName(consumer, streamArn, parent.createdAt, parent.shardId),
    );
  lineage.set(name, names);
  return names;
}
