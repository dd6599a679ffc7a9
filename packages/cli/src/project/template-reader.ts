/** The template reader, loaded when it is wanted. */
import type { ReadTemplate } from "@shardmill/local/rig";

export async function templateReader(given: ReadTemplate | undefined): Promise<ReadTemplate> {
  return given ?? (await import("@shardmill/local/rig")).readTemplate;
}
