/** What `cdk synth` wrote: https://docs.aws.amazon.com/cdk/v2/guide/apps.html#apps-cloud-assembly */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nearest } from "../nearest.ts";
import { readDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import type { CodeLocation, NoCode, Project } from "./project.ts";
import type { StackResource } from "./scope.ts";
import type { ReadTemplateOptions } from "./types.ts";

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
  const chosen = chooseStack(
    templateFile === undefined ? stacks : stacks.filter((one) => one.templateFile === templateFile),
    stack,
    assembly,
  );
  const { folder, environment, stackName } = chosen;
  const document = await readDocument(join(folder, chosen.templateFile));
  const assets = await assetsOf(folder, chosen.templateFile);
  const [, region = ""] = /^aws:\/\/[^/]+\/(.+)$/.exec(environment) ?? [];
  return {
    format: "cdk",
    document,
    sources: [document.file],
    projectRoot: dirname(assembly),
    stackName,
    region: region === "" || region === "unknown-region" ? undefined : region,
    placeOf(logicalId, path = []) {
      const line = document.lineOf(["Resources", logicalId, ...path]);
      return { file: document.file, ...(line !== undefined && { line }) };
    },
    namesOf: ({ source }) => constructNames(source.Metadata?.["aws:cdk:path"]),
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
}

async function stacksIn(folder: string): Promise<StackArtifact[]> {
  const { artifacts = {} } = await readJson(join(folder, "manifest.json"));
  const found: StackArtifact[] = [];
  for (const [id, { type, environment = "", properties = {} }] of Object.entries<any>(artifacts)) {
    if (type === "aws:cloudformation:stack") {
      const { templateFile, stackName = id } = properties;
      found.push({ id, stackName, folder, templateFile, environment });
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
): StackArtifact {
  const names = stacks.map(({ stackName }) => stackName);
  const fail = (message: string): never => {
    throw new TemplateError(message, { place: { file } });
  };
  if (wanted === undefined) {
    const [only, ...others] = stacks;
    if (!only) return fail("There is no stack in the app.");
    if (others.length === 0) return only;
    return fail(`There are several stacks: ${names.join(", ")}. Choose one with --stack.`);
  }
  const found = stacks.find(({ id, stackName }) => wanted === stackName || wanted === id);
  if (found) return found;
  const near = nearest(wanted, names);
  return fail(
    `There is no stack ${wanted}. ${near ? `Did you mean ${near}?` : `There is ${names.join(", ")}.`}`,
  );
}

/** `Shop/Departures/Resource` is called Departures, or by its path. */
function constructNames(path: unknown): string[] {
  if (typeof path !== "string") return [];
  const construct = path.replace(/\/Resource$/, "");
  return [construct.split("/").at(-1)!, construct];
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
  if (!statSync(asset).isDirectory()) return { why: `Its asset ${asset} is an archive.` };
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
