/** The files of an example, as a project of its own name. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Kind } from "./kinds.ts";

export interface ProjectFile {
  /** In the project. */
  readonly path: string;
  readonly text: string;
}

/** What the examples are called. */
const exampleName = /\bshardmill-example\b/g;

/** What the tools of all kinds write. A package of npm cannot carry a file of this name. */
const ignored = [
  ...["node_modules/", ".shardmill/", "build/", ".serverless/", ".aws-sam/", "cdk.out/"],
  "__pycache__/",
];

export async function projectFiles(kind: Kind, name: string): Promise<ProjectFile[]> {
  const folder = join(examples(), kind.name);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !/(^|\/)(node_modules|__pycache__|\.shardmill|cdk\.out)\//.test(path))
    .sort();
  return [
    { path: ".gitignore", text: `${ignored.join("\n")}\n` },
    ...(await Promise.all(
      files.map(async (path) => {
        const text = await readFile(join(folder, path), "utf8");
        return { path, text: text.replaceAll(exampleName, name) };
      }),
    )),
  ];
}

export interface Written {
  readonly written: readonly string[];
  /** They were there, and are as they were. */
  readonly kept: readonly string[];
}

export async function writeProject(
  folder: string,
  files: readonly ProjectFile[],
): Promise<Written> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const { path, text } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    try {
      await writeFile(file, text, { flag: "wx" });
      written.push(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      kept.push(path);
    }
  }
  return { written, kept };
}

/** Beside the command in its package; in the repository, at its root. */
function examples(): string {
  const built = fileURLToPath(new URL("./examples/", import.meta.url));
  return existsSync(built)
    ? built
    : fileURLToPath(new URL("../../../../examples/", import.meta.url));
}
