/** What a stack exports to others: by `Fn::ImportValue` they take it. */
import type { TemplateDocument } from "./document.ts";
import type { Surroundings } from "./physical.ts";
import { openStack } from "./scope.ts";
import type { TemplateValues } from "./values.ts";

/** By the export's name. What is known in the cloud only is left out. */
export function exportsOf(
  document: TemplateDocument,
  surroundings: Surroundings,
  values: TemplateValues,
): Record<string, string> {
  const stack = openStack(document, { surroundings, parameters: {}, imports: {}, values });
  const { Outputs = {} } = (document.value ?? {}) as { Outputs?: Record<string, any> };
  const exported: Record<string, string> = {};
  for (const [name, output] of Object.entries(Outputs)) {
    if (output?.Export === undefined) continue;
    const path = ["Outputs", name];
    const known = stack.resolve({ name: output.Export.Name, value: output.Value }, path, () => {});
    if (typeof known.name === "string" && typeof known.value === "string") {
      exported[known.name] = known.value;
    }
  }
  return exported;
}
