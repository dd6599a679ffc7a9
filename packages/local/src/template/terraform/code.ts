/** Where the code of a function of Terraform is on this machine. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { CodeLocation, NoCode } from "../opened.ts";
import { archived } from "../unpacked.ts";
import { block } from "./block.ts";
import { type Instance, type Plan, stepsOf } from "./plan.ts";

/**
 * What an archive is made from goes before the archive: `archive_file`, `source_path` of a module, a
 * folder of the archive's name.
 */
export function codeOf(
  { values, module }: Instance,
  plan: Plan,
  root: string,
): CodeLocation | NoCode {
  const at = (path: string) => resolve(root, path);
  const file = values.filename ?? uploaded(values, plan);
  const from = file === undefined ? undefined : packed(file, plan, at);
  if (from !== undefined) return from;
  const source = sourcePath(module, plan);
  const folders = [source, typeof file === "string" ? file.replace(/\.(zip|jar)$/, "") : undefined]
    .flatMap((path) => (path === undefined ? [] : [at(path)]))
    .filter(isFolder);
  if (folders[0] !== undefined) return { folder: folders[0], isBuilt: false };
  if (typeof file === "string") return archived(at(file), root);
  return values.s3_bucket
    ? { folder: root, isBuilt: false, isInBucket: true }
    : { why: "The plan does not say where its code is: run terraform apply, and read the state." };
}

/** Of `data "archive_file"`: what it packs. */
function packed(
  file: string,
  { data, resources }: Plan,
  at: (path: string) => string,
): CodeLocation | NoCode | undefined {
  const archive = [...data, ...resources].find(
    ({ type, values }) =>
      type === "archive_file" && values.output_path && at(values.output_path) === at(file),
  );
  if (!archive) return undefined;
  const { source_dir, source_file, source, source_content } = archive.values;
  if (source_dir) return { folder: at(source_dir), isBuilt: false };
  if (source_file) return { folder: dirname(at(source_file)), isBuilt: false };
  return existsSync(at(file)) || !(block(source) || source_content)
    ? undefined
    : { why: "Its code stands in archive_file itself; only code in files runs here." };
}

/** A file that another resource puts into the bucket of the code. */
function uploaded({ s3_key }: Instance["values"], { resources }: Plan): string | undefined {
  const object = resources.find(
    ({ type, values }) =>
      (type === "aws_s3_object" || type === "aws_s3_bucket_object") &&
      s3_key !== undefined &&
      values.key === s3_key,
  );
  return object?.values.source ?? undefined;
}

/** The modules for functions take a folder, which they pack by themselves. */
function sourcePath(module: string, plan: Plan): string | undefined {
  const path = plan.moduleCall(module)?.expressions.source_path?.constant_value;
  const first = Array.isArray(path) ? path[0] : path;
  const folder = typeof first === "object" ? first?.path : first;
  return typeof folder === "string" && stepsOf(module).length > 0 ? folder : undefined;
}

const isFolder = (path: string) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
