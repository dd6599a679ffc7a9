/** A template of CloudFormation or SAM as a person wrote it. */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { readDocument, type TemplateDocument } from "./document.ts";
import { placeText, TemplateError } from "./error.ts";
import { withoutLoops } from "./for-each.ts";
import { withIncludes } from "./include.ts";
import { placeIn, withoutNested } from "./nested.ts";
import type { CodeLocation, NoCode, Project } from "./opened.ts";
import { isSam, withoutSam } from "./sam/transform.ts";
import type { StackResource } from "./scope.ts";
import { withoutNulls } from "./shape.ts";
import type { ReadTemplateOptions } from "./types.ts";
import { archived } from "./unpacked.ts";

/** `cwd`: where a person works, which is where code is that the template has in S3 already. */
export async function openCloudFormation(
  file: string,
  cwd: string,
  { parameters = {}, log }: Pick<ReadTemplateOptions, "parameters" | "log"> = {},
): Promise<Project> {
  const root = await transformed(file, parameters, log);
  const sources = [...root.files];
  const { document, origins } = await withoutNested(root.document, async (resource, within) => {
    const path = localPath(resource);
    const inner = path && resolve(dirname(within.file), path);
    if (inner === undefined || !existsSync(inner)) return undefined;
    const { document, files } = await transformed(inner, {}, log);
    sources.push(...files);
    return document;
  });
  const projectRoot = file.startsWith(join(cwd, sep)) ? cwd : dirname(file);
  return {
    format: root.isSam ? "sam" : "cloudformation",
    document,
    sources: [...new Set(sources)],
    projectRoot,
    stackName: basename(projectRoot).replace(/[^A-Za-z0-9-]/g, "-") || "stack",
    placeOf: (logicalId, path = []) =>
      placeIn(origins.get(logicalId) ?? { document: root.document, logicalId }, path),
    namesOf: ({ logicalId }) => [origins.get(logicalId)?.logicalId ?? []].flat(),
    codeOf: (resource) =>
      codeOf(resource, dirname(origins.get(resource.logicalId)?.document.file ?? file), cwd),
  };
}

interface Transformed {
  readonly document: TemplateDocument;
  readonly isSam: boolean;
  /** The template, and what it includes. */
  readonly files: readonly string[];
}

/** The template as CloudFormation gets it, with the lines on which a person wrote it. */
async function transformed(
  file: string,
  parameters: Readonly<Record<string, string>>,
  log: ReadTemplateOptions["log"],
): Promise<Transformed> {
  const read = await readDocument(file);
  for (const { name, line } of read.twice ?? []) {
    const place = placeText({ file, ...(line !== undefined && { line }) });
    log?.(`${place}: The key ${name} is there twice, and CloudFormation takes the last.`);
  }
  const { document, files } = await withIncludes({ ...read, value: withoutNulls(read.value) });
  const written = withoutLoops(document, parameters);
  if (!isSam(written.value)) {
    refuseSamTypes(written);
    return { document: written, isSam: false, files: [file, ...files] };
  }
  const { value, origins } = withoutSam(written);
  const lineOf: TemplateDocument["lineOf"] = ([section, logicalId, ...rest]) =>
    written.lineOf(
      section === "Resources" && origins.has(String(logicalId))
        ? [...origins.get(String(logicalId))!, ...rest]
        : [section!, ...(logicalId === undefined ? [] : [logicalId]), ...rest],
    );
  return { document: { file, value, lineOf }, isSam: true, files: [file, ...files] };
}

/** Of an application, or of a stack that is yet to be packaged. */
function localPath({ Properties = {} }: StackResource["source"]): string | undefined {
  const location = Properties.Location ?? Properties.TemplateURL;
  return typeof location === "string" && !location.includes("://") ? location : undefined;
}

/** CloudFormation knows these types by SAM's transform alone. */
function refuseSamTypes({ value, file, lineOf }: TemplateDocument): void {
  const { Resources = {} } = (value ?? {}) as { Resources?: Record<string, { Type?: unknown }> };
  for (const [logicalId, resource] of Object.entries(Resources ?? {})) {
    if (!String(resource?.Type).startsWith("AWS::Serverless::")) continue;
    const line = lineOf(["Resources", logicalId]);
    throw new TemplateError(
      `${logicalId} is of SAM's type ${resource.Type}, and the template has no Transform: AWS::Serverless-2016-10-31.`,
      { place: { file, ...(line !== undefined && { line }) } },
    );
  }
}

/** A path stands for code that is yet to be packaged; an object in S3 for code that has been. */
function codeOf(
  { source: { Properties, Metadata } }: StackResource,
  folder: string,
  cwd: string,
): CodeLocation | NoCode {
  const code: unknown = Properties?.Code;
  const entryPoints: readonly string[] = Metadata?.BuildProperties?.EntryPoints ?? [];
  if (typeof code === "string") {
    if (/^(s3|https?):/.test(code)) {
      return { folder: cwd, isBuilt: false, entryPoints, isInBucket: true };
    }
    const path = join(folder, code);
    return extname(path) === ".zip"
      ? archived(path, cwd)
      : { folder: path, isBuilt: false, entryPoints };
  }
  return { folder: cwd, isBuilt: false, entryPoints, isInBucket: code !== undefined };
}
