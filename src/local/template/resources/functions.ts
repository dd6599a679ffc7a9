/** AWS::Lambda::Function, with the source of its handler. */
import { findHandler } from "../handler.ts";
import type { Project } from "../project.ts";
import type { StackResource } from "../scope.ts";
import type { TemplateFunction } from "../types.ts";
import { numberOf, type Reading, readResource } from "./reading.ts";

export function readFunction(
  reading: Reading,
  resource: StackResource,
  { namesOf, codeOf }: Pick<Project, "namesOf" | "codeOf">,
): TemplateFunction | undefined {
  const { leaveOut } = reading;
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { logicalId, name, properties } = common;
  const { Handler: handler, Runtime: runtime = "", Code: code } = properties;

  if (properties.PackageType === "Image") {
    leaveOut(resource, "It runs a container image; only code for Node.js runs here.");
    return undefined;
  }
  if (!String(runtime).startsWith("nodejs")) {
    leaveOut(
      resource,
      `It runs on ${runtime || "no runtime"}; only Node.js runs here.`,
      "Properties.Runtime",
    );
    return undefined;
  }
  if (code?.ZipFile !== undefined) {
    leaveOut(
      resource,
      "Its code stands in the template; only code in files runs here.",
      "Properties.Code.ZipFile",
    );
    return undefined;
  }
  const location = codeOf(resource);
  if ("why" in location) {
    leaveOut(resource, location.why, "Properties.Code");
    return undefined;
  }
  const source = findHandler(String(handler), location);
  if ("why" in source) {
    leaveOut(resource, source.why, "Properties.Handler");
    return undefined;
  }
  for (const property of ["Layers", "FileSystemConfigs"]) {
    if (properties[property]?.length > 0) {
      leaveOut(
        resource,
        `There are no ${property === "Layers" ? "layers" : "file systems"} here.`,
        `Properties.${property}`,
      );
    }
  }
  const concurrency = numberOf(properties.ReservedConcurrentExecutions);
  return {
    ...common,
    names: [...new Set([name, logicalId, ...namesOf(resource)])],
    handler,
    runtime,
    source,
    timeout: numberOf(properties.Timeout) ?? 3,
    memorySize: numberOf(properties.MemorySize) ?? 128,
    environment: environmentOf(properties.Environment?.Variables ?? {}),
    ...(properties.Role !== undefined && { roleArn: String(properties.Role) }),
    ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
  };
}

const environmentOf = (variables: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
