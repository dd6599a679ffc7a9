/** The Serverless Framework (osls, or versions 3 and 4): its settings, and what `sls package` makes of them. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { type Path, parseTemplate, readDocument, type TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import type { Project } from "./opened.ts";
import { packagedStage, packageService } from "./serverless-package.ts";
import { includedFiles } from "./serverless-sources.ts";
import type { Place, ReadTemplateOptions } from "./types.ts";
import { archived } from "./unpacked.ts";
import type { TemplateValues } from "./values.ts";

export const serverlessFiles = ["yml", "yaml", "json", "ts", "mts", "js", "mjs", "cjs"].map(
  (extension) => `serverless.${extension}`,
);

/**
 * Opens a service, and packages it first where its settings are newer than what was packaged.
 * `compiled`: that template, as it is.
 */
export async function openServerless(
  file: string,
  options: ReadTemplateOptions,
  values: TemplateValues,
  compiled?: string,
): Promise<Project> {
  const projectRoot = dirname(file);
  const written = /\.(ya?ml|json)$/.test(file) ? await readDocument(file) : undefined;
  const sources = await includedFiles(file);
  const output = join(projectRoot, (written?.value as any)?.package?.path ?? ".serverless");
  const template = compiled ?? join(output, "cloudformation-template-update-stack.json");
  if (compiled === undefined) {
    const files = values.isThere ? [...sources, values.file] : sources;
    await packageService({ ...options, projectRoot, output, template, sources: files }, values);
  }
  const { service, stage, provider, functions, artifact } = await readState(dirname(template));
  const documents = await yamlDocuments(sources, written);
  return {
    format: "serverless",
    document: await readDocument(template),
    sources,
    projectRoot,
    stackName: provider.stackName ?? `${service}-${stage}`,
    region: provider.region,
    placeOf: (logicalId, path = []) =>
      placeOf(logicalId, path, documents, Object.keys(functions), file),
    namesOf: ({ logicalId }) => keysOf(logicalId, functions),
    codeOf({ logicalId }) {
      const [key = ""] = keysOf(logicalId, functions);
      const archive = resolve(projectRoot, functions[key]?.package?.artifact ?? artifact ?? "");
      // What the framework has packed itself, it has packed from the project.
      const isOwn = !archive.startsWith(output + sep) && !archive.includes("/.serverless/");
      return isOwn && archive.endsWith(".zip") && existsSync(archive)
        ? archived(archive, projectRoot)
        : { folder: projectRoot, isBuilt: false };
    },
  };
}

interface State {
  readonly service: string;
  readonly stage: string;
  readonly provider: {
    readonly region?: string;
    readonly stackName?: string;
  };
  /** An archive of all functions that somebody else has made, or the framework. */
  readonly artifact?: string;
  readonly functions: Readonly<
    Record<string, { readonly package?: { readonly artifact?: string } } | undefined>
  >;
}

/** What serverless.yml calls a function. */
const keysOf = (logicalId: string, functions: State["functions"]) =>
  Object.keys(functions).filter((key) => logicalId === `${normalized(key)}LambdaFunction`);

async function readState(folder: string): Promise<State> {
  const file = join(folder, "serverless-state.json");
  try {
    const state = JSON.parse(await readFile(file, "utf8"));
    const { service: name, provider, functions = {} } = state.service;
    const { artifact } = state.service.package ?? {};
    return {
      service: name.name ?? name,
      stage: packagedStage(state),
      provider,
      functions,
      artifact,
    };
  } catch (cause) {
    throw new TemplateError(
      `It cannot be read: ${(cause as Error).message}. Run sls package again.`,
      {
        place: { file },
        cause,
      },
    );
  }
}

async function yamlDocuments(
  sources: readonly string[],
  written: TemplateDocument | undefined,
): Promise<TemplateDocument[]> {
  const documents = written ? [written] : [];
  for (const source of sources) {
    if (source === written?.file || !/\.(ya?ml|json)$/.test(source) || !existsSync(source))
      continue;
    documents.push(parseTemplate(await readFile(source, "utf8"), source));
  }
  return documents;
}

/** The line of the function, of its event, or of the resource that a logical id was made from; or of its property. */
function placeOf(
  logicalId: string,
  property: Path,
  documents: readonly TemplateDocument[],
  functions: readonly string[],
  file: string,
): Place {
  const key = functions
    .filter((key) => /^(LambdaFunction|EventSourceMapping)/.test(after(logicalId, normalized(key))))
    .sort((a, b) => b.length - a.length)[0];
  for (const isWhole of property.length > 0 ? [true, false] : [false]) {
    for (const document of documents) {
      const paths = pathsOf(logicalId, key, document.value).flatMap((path) =>
        isWhole ? propertyPaths(path, property) : [path],
      );
      const path = paths.find((path) => isThere(document.value, path));
      const line = path && document.lineOf(path);
      if (line !== undefined) return { file: document.file, line };
    }
  }
  return { file };
}

function pathsOf(logicalId: string, key: string | undefined, value: any): Path[] {
  const resources: unknown[] = Array.isArray(value?.resources) ? value.resources : [];
  const isMapping = logicalId.includes("EventSourceMapping");
  const event = isMapping && key ? streamEvent(logicalId, value?.functions?.[key]?.events) : -1;
  return [
    ...(key && event !== -1 ? [["functions", key, "events", event]] : []),
    ...(key ? [["functions", key], [key]] : []),
    ...(logicalId === "IamRoleLambdaExecution" ? [["provider", "iam"], ["provider"]] : []),
    ["resources", "Resources", logicalId],
    ["resources", "extensions", logicalId],
    ...resources.map((_, index) => ["resources", index, "Resources", logicalId]),
    ["Resources", logicalId],
    [logicalId],
  ];
}

/** What the framework calls the properties of functions and events, where it has a name of its own for them. */
const settingNames: Readonly<Record<string, string>> = {
  BatchSize: "batchSize",
  BisectBatchOnFunctionError: "bisectBatchOnFunctionError",
  DestinationConfig: "destinations",
  Enabled: "enabled",
  FilterCriteria: "filterPatterns",
  FunctionResponseTypes: "functionResponseType",
  MaximumBatchingWindowInSeconds: "batchWindow",
  MaximumRecordAgeInSeconds: "maximumRecordAgeInSeconds",
  MaximumRetryAttempts: "maximumRetryAttempts",
  ParallelizationFactor: "parallelizationFactor",
  StartingPosition: "startingPosition",
  StartingPositionTimestamp: "startingPositionTimestamp",
  TumblingWindowInSeconds: "tumblingWindowInSeconds",
  Environment: "environment",
  Handler: "handler",
  MemorySize: "memorySize",
  ReservedConcurrentExecutions: "reservedConcurrency",
  Role: "role",
  Runtime: "runtime",
  Timeout: "timeout",
};

function propertyPaths(path: Path, property: Path): Path[] {
  const name = settingNames[String(property[1])];
  const own =
    name === undefined
      ? []
      : [
          [...path, "stream", name],
          [...path, name],
        ];
  return [[...path, ...property], ...own];
}

/** The stream event whose stream the logical id of a mapping ends with; the first, if that does not tell. */
function streamEvent(logicalId: string, events: unknown): number {
  if (!Array.isArray(events)) return -1;
  const named = events.findIndex(({ stream } = {}) => {
    const arn = stream?.arn ?? stream;
    const name = arn?.["Fn::GetAtt"]?.[0] ?? arn?.Ref ?? (typeof arn === "string" ? arn : "");
    const stem = name
      .split("/")
      .at(-1)
      .replace(/[^0-9A-Za-z]/g, "");
    return stem !== "" && logicalId.toLowerCase().endsWith(stem.toLowerCase());
  });
  return named === -1 ? events.findIndex((event) => event?.stream !== undefined) : named;
}

const isThere = (value: any, path: Path): boolean =>
  path.reduce((inner, step) => inner?.[step], value) !== undefined;

const after = (text: string, start: string) =>
  text.startsWith(start) ? text.slice(start.length) : "";

/** A function's key as it stands in logical ids. */
const normalized = (key: string) =>
  `${key.charAt(0).toUpperCase()}${key.slice(1)}`
    .replaceAll("-", "Dash")
    .replaceAll("_", "Underscore");
