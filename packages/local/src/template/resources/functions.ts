/** AWS::Lambda::Function, with the source of its handler. */
import { findHandler } from "../handler.ts";
import { findJavaHandler } from "../java-handler.ts";
import type { CodeLocation, NoCode, Project } from "../opened.ts";
import { findProgram } from "../program.ts";
import { findPythonHandler } from "../python-handler.ts";
import type { StackResource } from "../scope.ts";
import type { DeclaredFunction, FunctionSource, TemplateFunction } from "../types.ts";
import { inlineCode } from "../unpacked.ts";
import { besideBucket } from "./bucket-code.ts";
import { numberOf, type Reading, readResource } from "./reading.ts";

/** What the template says of it. Undefined, and noted, where its name is known in the cloud only. */
export function readDeclaredFunction(
  reading: Reading,
  resource: StackResource,
  { namesOf }: Pick<Project, "namesOf">,
): DeclaredFunction | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { logicalId, name, properties } = common;
  const { Handler: handler = "", Runtime: runtime = "" } = properties;
  const concurrency = numberOf(properties.ReservedConcurrentExecutions);
  return {
    ...common,
    names: [...new Set([name, logicalId, ...namesOf(resource)])],
    handler: String(handler),
    runtime: String(runtime),
    timeout: numberOf(properties.Timeout) ?? 3,
    memorySize: numberOf(properties.MemorySize) ?? 128,
    environment: environmentOf(properties.Environment?.Variables ?? {}),
    ...(properties.Role !== undefined && { roleArn: String(properties.Role) }),
    ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
  };
}

/** With its code. Undefined, and noted, where that does not run here. */
export function runnableFunction(
  { leaveOut }: Reading,
  resource: StackResource,
  declared: DeclaredFunction,
  { codeOf, projectRoot }: Pick<Project, "codeOf" | "projectRoot">,
): TemplateFunction | undefined {
  const { handler, runtime, properties } = declared;
  const { Code: code } = properties;

  if (properties.PackageType === "Image") {
    leaveOut(
      resource,
      "It runs a container image, and only code in files runs here: give a copy of the template a Runtime, a Handler and Code.",
    );
    return undefined;
  }
  const inline = code?.ZipFile;
  const location =
    typeof inline === "string" ? inlineCode(inline, declared, projectRoot) : codeOf(resource);
  if ("why" in location) {
    const path = inline === undefined ? "Properties.Code" : "Properties.Code.ZipFile";
    leaveOut(resource, location.why, path);
    return undefined;
  }
  const here = sourceOf(location);
  const source =
    "why" in here && location.isInBucket && runsFromSource.test(runtime)
      ? besideBucket(location, code?.S3Key ?? code, here.why, sourceOf)
      : here;
  if ("why" in source) {
    // A handler is missing for certain only where all of the code is here.
    const isCertain = !location.isInBucket && /^(nodejs|python)/.test(runtime);
    const elsewhere = isCustom(runtime) ? "Properties.Runtime" : "Properties.Code";
    leaveOut(resource, source.why, isCertain ? "Properties.Handler" : elsewhere);
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
  return { ...declared, source };

  function sourceOf(location: CodeLocation): FunctionSource | NoCode {
    if (runtime.startsWith("nodejs")) return findHandler(handler, location);
    if (runtime.startsWith("python")) return findPythonHandler(declared, location);
    const program = findProgram(declared, location, projectRoot);
    if ("why" in program) {
      return runtime.startsWith("java")
        ? findJavaHandler(declared, location, projectRoot)
        : program;
    }
    if (program.warning) {
      leaveOut(resource, program.warning, "Properties.Architectures", { failsInLambda: true });
    }
    return program.source;
  }
}

/** What else runs here is never code alone. */
const runsFromSource = /^(nodejs|python|java|provided)/;

const isCustom = (runtime: string) => !/^(nodejs|python|java)/.test(runtime);

const environmentOf = (variables: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
