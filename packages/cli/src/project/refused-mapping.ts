import { MappingError, placeText, type TemplateMapping, whyRefused } from "@shardmill/local/rig";

/** What Lambda refuses of a mapping, with its place in the template; any other error as it is. */
export function atMapping(error: unknown, { place, logicalId }: TemplateMapping, cwd: string) {
  if (!(error instanceof MappingError)) return error;
  const where = `${placeText(place, cwd)}: mapping ${logicalId}`;
  return new Error(`${where}: ${whyRefused(error)}`, { cause: error });
}
