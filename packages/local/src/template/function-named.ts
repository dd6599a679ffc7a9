import { nearest } from "../../../../src/values/nearest.ts";
import { TemplateError } from "./error.ts";
import type { Template, TemplateFunction } from "./types.ts";

/**
 * The function that a person means: by its name, its logical id or its key in serverless.yml.
 * Throws a `TemplateError` that suggests a near name.
 */
export function functionNamed(template: Template, word: string): TemplateFunction {
  const found = template.functions.find(({ names }) => names.includes(word));
  if (found) return found;
  const leftOut = template.unsupported.find(
    ({ logicalId, path = "" }) => logicalId === word && !path.startsWith("Properties.Environment"),
  );
  if (leftOut) {
    throw new TemplateError(`${word} cannot run here. ${leftOut.why}`, { place: leftOut.place });
  }
  const all = template.functions.flatMap(({ names }) => names);
  const near = nearest(word, all);
  const shortest = template.functions.map(({ names }) => names.at(-1));
  throw new TemplateError(
    `There is no function ${word}. ${near ? `Did you mean ${near}?` : `There is ${shortest.join(", ") || "none"}.`}`,
    { place: { file: template.file } },
  );
}
