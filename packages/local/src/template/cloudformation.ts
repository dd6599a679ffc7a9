/** A template of CloudFormation or SAM as a person wrote it. */
import { basename, dirname, extname, join, sep } from "node:path";
import { readDocument, type TemplateDocument } from "./document.ts";
import { TemplateError } from "./error.ts";
import { withoutLoops } from "./for-each.ts";
import type { CodeLocation, NoCode, Project } from "./opened.ts";
import { isSam, withoutSam } from "./sam/transform.ts";
import type { StackResource } from "./scope.ts";
import type { ReadTemplateOptions } from "./types.ts";
import { archived } from "./unpacked.ts";

/** `cwd`: where a person works, which is where code is that the template has in S3 already. */
export async function openCloudFormation(
  file: string,
  cwd: string,
  { parameters = {} }: Pick<ReadTemplateOptions, "parameters"> = {},
): Promise<Project> {
  const written = withoutLoops(await readDocument(file), parameters);
  const { value, origins } = isSam(written.value)
    ? withoutSam(written)
    : { value: written.value, origins: new Map<string, readonly string[]>() };
  if (!isSam(written.value)) refuseSamTypes(written);
  const folder = dirname(file);
  const projectRoot = file.startsWith(join(cwd, sep)) ? cwd : folder;
  const lineOf: typeof written.lineOf = ([section, logicalId, ...rest]) =>
    written.lineOf(
      section === "Resources" && origins.has(String(logicalId))
        ? [...origins.get(String(logicalId))!, ...rest]
        : [section!, ...(logicalId === undefined ? [] : [logicalId]), ...rest],
    );
  return {
    format: isSam(written.value) ? "sam" : "cloudformation",
    document: { file, value, lineOf },
    sources: [file],
    projectRoot,
    stackName: basename(projectRoot).replace(/[^A-Za-z0-9-]/g, "-") || "stack",
    placeOf(logicalId, path = []) {
      const line = lineOf(["Resources", logicalId, ...path]);
      return { file, ...(line !== undefined && { line }) };
    },
    namesOf: () => [],
    codeOf: (resource) => codeOf(resource, folder, cwd),
  };
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
    if (/^(s3|https?):/.test(code)) return { why: `Its code is in ${code}, not on this machine.` };
    const path = join(folder, code);
    return extname(path) === ".zip"
      ? archived(path, cwd)
      : { folder: path, isBuilt: false, entryPoints };
  }
  return { folder: cwd, isBuilt: false, entryPoints };
}
