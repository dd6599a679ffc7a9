/** Code that is in no folder yet, an archive or the template itself, laid beside the project as Lambda lays it out. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { unzipSync } from "fflate";
import type { CodeLocation, NoCode } from "./opened.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** An archive that a build has made. */
export function archived(archive: string, projectRoot: string): CodeLocation | NoCode {
  const shown = relative(process.cwd(), archive);
  if (!existsSync(archive)) {
    return { why: `Its code is in ${shown}, which is not there: build it first.` };
  }
  const bytes = readFileSync(archive);
  try {
    return { folder: kept(bytes, () => unzipSync(bytes), projectRoot), isBuilt: true };
  } catch (error) {
    return { why: `${shown} cannot be unpacked: ${(error as Error).message}. Build it again.` };
  }
}

/** `ZipFile` or `InlineCode`: Lambda calls the module as the handler does. */
export function inlineCode(
  text: string,
  { handler, runtime }: { readonly handler: string; readonly runtime: string },
  projectRoot: string,
): CodeLocation | NoCode {
  const extension = runtime.startsWith("nodejs") ? "js" : "py";
  if (!/^(nodejs|python)/.test(runtime)) {
    return { why: `Its code stands in the template, which Lambda takes for Node.js and Python.` };
  }
  const name = `${handler.split(".")[0]}.${extension}`;
  return { folder: kept(name + text, () => ({ [name]: text }), projectRoot), isBuilt: false };
}

/** A folder of `.shardmill/code`, named after its content and made once. */
function kept(content: string | Uint8Array, files: () => Files, projectRoot: string): string {
  const name = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const folder = join(projectRoot, ".shardmill", "code", name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  try {
    mkdirSync(draft, { recursive: true });
    for (const [path, bytes] of Object.entries(files())) {
      const file = join(draft, path);
      // An archive may name what is outside of it.
      if (!file.startsWith(draft + sep) || path.endsWith("/")) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
      // Which files may run, fflate does not say; of a program Lambda wants it.
      chmodSync(file, 0o755);
    }
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
