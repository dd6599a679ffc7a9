import { MappingError, whyRefused } from "../local/lambda/mapping/error.ts";
import { placeText } from "../local/template/error.ts";
import type { TemplateMapping } from "../local/template/types.ts";

/** What Lambda refuses of a mapping, with its place in the template; any other error as it is. */
export function atMapping(error: unknown, { place, logicalId }: TemplateMapping, cwd: string) {
  if (!(error instanceof MappingError)) return error;
  const where = `${placeText(place, cwd)}: mapping ${logicalId}`;
  return new Error(`${where}: ${whyRefused(error)}`, { cause: error });
}
