/**
 * A project of Terraform or OpenTofu: what `terraform show -json` says of its plan or its state, read as
 * the template that CloudFormation would have for it.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { TemplateDocument } from "../document.ts";
import { TemplateError } from "../error.ts";
import type { Project } from "../opened.ts";
import type { Place } from "../types.ts";
import { codeOf } from "./code.ts";
import { type Instance, readPlan } from "./plan.ts";
import { kinds } from "./resources.ts";
import { openSources } from "./sources.ts";
import { valuesOf } from "./values.ts";

/** What makes the file that is read, for messages. */
export const howToShow =
  "terraform plan -out=tfplan && terraform show -json tfplan > tfplan.json (OpenTofu: tofu)";

/** What a person calls the file, where none is named. */
export const planFiles = ["tfplan.json", "plan.json"];

export const hasTerraform = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => /\.(tf|tofu)$/.test(name));

/** `cwd`: where a person works, which is where Terraform ran if the file is elsewhere. */
export function openTerraform(document: TemplateDocument, cwd: string): Project {
  const { file } = document;
  const folder = dirname(file);
  const root = !hasTerraform(folder) && hasTerraform(cwd) ? cwd : folder;
  const plan = readPlan(document.value);
  if (plan.resources.length === 0) {
    throw new TemplateError(
      `There are no resources in it. Make it from a plan: ${howToShow}, or from the state: terraform show -json > tfplan.json.`,
      { place: { file } },
    );
  }
  const sources = openSources(root, plan);
  const complete = valuesOf(plan, sources);
  const instances = new Map(plan.resources.map((one) => [one.address, one]));
  const resources = plan.resources.map((instance) => {
    const { address, type } = instance;
    const kind = Object.hasOwn(kinds, type) ? kinds[type]! : undefined;
    return [
      address,
      {
        Type: kind?.type ?? type,
        Properties: kind ? present(kind.properties(complete(instance))) : {},
      },
    ] as const;
  });
  const known = plan.resources.flatMap(({ values }) => arnParts(values.arn)).find(Boolean);
  return {
    format: "terraform",
    document: {
      file,
      value: { Resources: Object.fromEntries(resources) },
      lineOf: () => undefined,
    },
    sources: [file],
    projectRoot: file.startsWith(join(cwd, sep)) ? cwd : root,
    stackName: basename(root).replace(/[^A-Za-z0-9-]/g, "-") || "terraform",
    region: plan.region ?? known,
    placeOf(logicalId, [section, property] = []): Place {
      const instance = instances.get(logicalId);
      const argument = section === "Properties" ? snake(String(property ?? "")) : undefined;
      return (instance && sources.placeOf(instance, argument)) ?? { file };
    },
    namesOf: ({ logicalId }) => callNames(instances.get(logicalId)),
    codeOf: ({ logicalId }) => codeOf(instances.get(logicalId)!, plan, root),
  };
}

/** `billing`, and `billing["eu"]` where there are several. */
function callNames(instance: Instance | undefined): string[] {
  if (!instance) return [];
  const { name, index } = instance;
  return index === undefined ? [name] : [`${name}[${JSON.stringify(index)}]`];
}

const arnParts = (arn: unknown) => (typeof arn === "string" ? [arn.split(":")[3]] : []);

/** `MaximumRetryAttempts` is maximum_retry_attempts. */
export const snake = (name: string): string =>
  name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();

/** Without members that are not there. */
function present(value: any): any {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined && one !== null)
      .map(([name, one]) => [name, present(one)]),
  );
}
