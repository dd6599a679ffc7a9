/** Whether a shard that cannot be read is gone: with its retention, or with its stream. A refusal alone proves neither: whoever takes a shard for gone lets go of its position. */
import type { Stream } from "./stream.ts";

export async function isGone(
  { listShards }: Pick<Stream, "listShards">,
  wanted: string,
): Promise<boolean> {
  try {
    return !(await listShards()).some(({ shardId }) => shardId === wanted);
  } catch (error) {
    return (error as Error).name === "ResourceNotFoundException";
  }
}
