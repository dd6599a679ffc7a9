/** The template reader, loaded when it is wanted. */
import type { ReadTemplate } from "../local/template/types.ts";

export async function templateReader(given: ReadTemplate | undefined): Promise<ReadTemplate> {
  return given ?? (await import("../local/template/index.ts")).readTemplate;
}
