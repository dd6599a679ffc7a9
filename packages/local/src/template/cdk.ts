/** What `cdk synth` wrote: https://docs.aws.amazon.com/cdk/v2/guide/apps.html#apps-cloud-assembly */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { nearest } from "../../../../src/values/nearest.ts";
import { readDocument, type TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import { exportsOf } from "./exports.ts";
import { placeIn, withoutNested } from "./nested.ts";
import type { CodeLocation, NoCode, Project } from "./opened.ts";
import type { StackResource } from "./scope.ts";
import type { Place, ReadTemplateOptions } from "./types.ts";
import { archived } from "./unpacked.ts";

/** Opens a cloud assembly: the stack that is asked for, or the only one. */
export async function openCdk(
  assembly: string,
  { stack }: ReadTemplateOptions,
  templateFile?: string,
): Promise<Project> {
  if (!existsSync(join(assembly, "manifest.json"))) {
    throw new TemplateError("There is no output of the CDK here. Run cdk synth first.", {
      place: { file: assembly },
    });
  }
  const stacks = await stacksIn(assembly);
  const documents = new Map(
    await Promise.all(
      stacks.map(
        async (one) => [one, await readDocument(join(one.folder, one.templateFile))] as const,
      ),
    ),
  );
  const chosen = chooseStack(
    templateFile === undefined ? stacks : stacks.filter((one) => one.templateFile === templateFile),
    stack,
    assembly,
    (one) => hasMapping(documents.get(one)!),
  );
  const { folder, environment, stackName } = chosen;
  // A nested stack is an asset of its own.
  const { document, origins } = await withoutNested(
    documents.get(chosen)!,
    async ({ Metadata }) => {
      const path: unknown = Metadata?.["aws:asset:path"];
      const file = typeof path === "string" ? join(folder, path) : "";
      return existsSync(file) ? readDocument(file) : undefined;
    },
  );
  const assets = await assetsOf(folder, chosen.templateFile);
  const constructs = await constructsOf(chosen);
  return {
    format: "cdk",
    document,
    sources: [document.file],
    projectRoot: dirname(assembly),
    stackName,
    exports: (surroundings, values) =>
      Object.assign(
        {},
        ...stacks
          .filter((one) => one !== chosen)
          .map((one) =>
            exportsOf(
              documents.get(one)!,
              {
                ...{ ...surroundings, stackName: one.stackName },
                region: regionOf(one.environment) ?? surroundings.region,
              },
              values,
            ),
          ),
      ),
    region: regionOf(environment),
    placeOf(logicalId, path = []) {
      const origin = origins.get(logicalId) ?? { document, logicalId };
      return constructs.get(origin.logicalId)?.place ?? placeIn(origin, path);
    },
    namesOf: ({ logicalId }) =>
      constructNames(constructs.get(origins.get(logicalId)?.logicalId ?? logicalId)?.path),
    codeOf: (resource) => codeOf(resource, folder, assets),
  };
}

interface StackArtifact {
  readonly id: string;
  readonly stackName: string;
  /** The assembly that it stands in: each stage has one of its own. */
  readonly folder: string;
  readonly templateFile: string;
  readonly environment: string;
  /** By the path of a construct. Newer versions keep it in a file of its own. */
  readonly metadata: Metadata;
  readonly metadataFile?: string;
}

type Metadata = Readonly<
  Record<string, readonly { readonly type: string; readonly data?: any; readonly trace?: any }[]>
>;

async function stacksIn(folder: string): Promise<StackArtifact[]> {
  const { artifacts = {} } = await readJson(join(folder, "manifest.json"));
  const found: StackArtifact[] = [];
  for (const [id, artifact] of Object.entries<any>(artifacts)) {
    const { type, environment = "", properties = {}, metadata = {} } = artifact;
    if (type === "aws:cloudformation:stack") {
      const { templateFile, stackName = id } = properties;
      const metadataFile = artifact.additionalMetadataFile;
      found.push({
        ...{ id, stackName, folder, templateFile, environment, metadata },
        ...(metadataFile && { metadataFile }),
      });
    } else if (type === "cdk:cloud-assembly") {
      found.push(...(await stacksIn(join(folder, properties.directoryName))));
    }
  }
  return found;
}

function chooseStack(
  stacks: readonly StackArtifact[],
  wanted: string | undefined,
  file: string,
  isWanted: (stack: StackArtifact) => boolean,
): StackArtifact {
  const names = stacks.map(({ stackName }) => stackName);
  const fail = (message: string): never => {
    throw new TemplateError(message, { place: { file } });
  };
  if (wanted === undefined) {
    const [only, ...others] = stacks;
    if (!only) return fail("There is no stack in the app.");
    if (others.length === 0) return only;
    const [reading, ...more] = stacks.filter(isWanted);
    if (reading && more.length === 0) return reading;
    return fail(`There are several stacks: ${names.join(", ")}. Choose one with --stack.`);
  }
  const found = stacks.find(({ id, stackName }) => wanted === stackName || wanted === id);
  if (found) return found;
  const near = nearest(wanted, names);
  return fail(
    `There is no stack ${wanted}. ${near ? `Did you mean ${near}?` : `There is ${names.join(", ")}.`}`,
  );
}

function regionOf(environment: string): string | undefined {
  const [, region] = /^aws:\/\/[^/]+\/(.+)$/.exec(environment) ?? [];
  return region === "unknown-region" ? undefined : region;
}

const hasMapping = ({ value }: TemplateDocument): boolean =>
  Object.values((value as any)?.Resources ?? {}).some((resource: any) =>
    /^AWS::(Lambda::EventSourceMapping|Pipes::Pipe)$/.test(resource?.Type),
  );

interface Construct {
  /** `/Shop/Departures/Resource` */
  readonly path: string;
  /** The line of the app that creates it. */
  readonly place: Place | undefined;
}

/** By logical id. */
async function constructsOf(stack: StackArtifact): Promise<Map<string, Construct>> {
  const { folder, metadata, metadataFile } = stack;
  const file = metadataFile && join(folder, metadataFile);
  const more: Metadata = file && existsSync(file) ? await readJson(file) : {};
  const constructs = new Map<string, Construct>();
  for (const [path, entries] of Object.entries({ ...metadata, ...more })) {
    const named = entries.find(({ type }) => type === "aws:cdk:logicalId");
    const stack = entries.find(({ type }) => type === "aws:cdk:creationStack");
    if (!named) continue;
    constructs.set(named.data, { path, place: appLine(stack?.data ?? named.trace ?? []) });
  }
  return constructs;
}

/** The first frame of the stack that is the app's own. */
function appLine(frames: readonly string[]): Place | undefined {
  for (const frame of frames) {
    // No longer one is a frame; a path is looked for from each of its slashes on.
    const [, file, line] = /(?:file:\/\/)?(\/[^:()]+):(\d+)/.exec(frame.slice(0, 4096)) ?? [];
    if (file && !file.includes("/node_modules/") && existsSync(file)) {
      return { file, line: Number(line) };
    }
  }
  return undefined;
}

/** `/Shop/Departures/Resource` is called Departures, or by its path. */
function constructNames(path = ""): string[] {
  const construct = path.replace(/^\//, "").replace(/\/Resource$/, "");
  if (construct === "") return [];
  return [construct, construct.split("/").at(-1)!];
}

/** By the hash that stands in the code's S3 key: the path of the asset. */
async function assetsOf(folder: string, templateFile: string): Promise<Map<string, string>> {
  const file = join(folder, templateFile.replace(/\.template\.json$/, ".assets.json"));
  if (!existsSync(file)) return new Map();
  const { files = {} } = await readJson(file);
  return new Map(
    Object.entries<any>(files).map(([hash, { source }]) => [hash, String(source?.path)]),
  );
}

function codeOf(
  { source: { Metadata, Properties } }: StackResource,
  folder: string,
  assets: ReadonlyMap<string, string>,
): CodeLocation | NoCode {
  const key = Properties?.Code?.S3Key;
  const hash = typeof key === "string" ? key.replace(/\.\w+$/, "") : "";
  const path = Metadata?.["aws:asset:path"] ?? assets.get(hash);
  if (path === undefined) return { why: "Its code is no asset of the app." };
  const asset = join(folder, path);
  if (!existsSync(asset)) return { why: `Its asset ${asset} is not there. Run cdk synth again.` };
  if (extname(asset) === ".zip") return archived(asset, dirname(folder));
  return { folder: asset, isBuilt: true };
}

async function readJson(file: string): Promise<any> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new TemplateError(`It cannot be read: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}
