/** The program of a custom runtime: `bootstrap`, as a build left it on this machine. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { shownFolder } from "./error.ts";
import type { CodeLocation, NoCode } from "./opened.ts";
import type { DeclaredFunction, FunctionSource } from "./types.ts";

export interface FoundProgram {
  readonly source: FunctionSource;
  /** What Lambda will say of it, though it runs here. */
  readonly warning?: string;
}

/**
 * Finds the program of a function: in its code's folder, where SAM and the usual tools build into, or
 * beside its handler. Lambda starts it as `/var/task/bootstrap`, so its folder is the task root.
 */
export function findProgram(
  { logicalId, handler, runtime, properties }: DeclaredFunction,
  { folder }: CodeLocation,
  projectRoot: string,
): FoundProgram | NoCode {
  const folders = [
    folder,
    join(projectRoot, ".aws-sam", "build", logicalId),
    join(folder, handler),
    join(folder, dirname(handler)),
    join(folder, "target", "lambda", handler),
    ...["bin", "build", "dist"].flatMap((output) => [
      join(folder, output, handler),
      join(folder, output),
    ]),
  ];
  const file = folders.map((one) => join(one, "bootstrap")).find(isFile);
  if (file === undefined) return { why: missing(runtime, shownFolder(folder)) };
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return { why: `${shownFolder(file)} may not be run, in Lambda neither. Make it so: chmod +x.` };
  }
  const declared = properties.Architectures?.[0] === "arm64" ? "arm64" : "x64";
  const built = architectureOf(file);
  if (built !== undefined && built !== process.arch && process.platform === "linux") {
    return {
      why: `${shownFolder(file)} is built for ${names[built]}, and this machine is ${names[process.arch] ?? process.arch}. Build it for this one too, and lint again before you deploy.`,
    };
  }
  return {
    source: { kind: "custom", file, exportName: "", taskRoot: dirname(file), isBuilt: true },
    ...(built !== undefined &&
      built !== declared && {
        warning: `${shownFolder(file)} is built for ${names[built]}, and Lambda runs the function on ${names[declared]}, where it does not start. Set Architectures: [${names[built]}], or build it for ${names[declared]}.`,
      }),
  };
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Lambda's names for Node's. */
const names: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "arm64" };

/** By the header of an ELF file. Undefined: a script, or a program of another system. */
function architectureOf(file: string): "x64" | "arm64" | undefined {
  const header = Buffer.alloc(20);
  const handle = openSync(file, "r");
  try {
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  if (header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  return ({ 62: "x64", 183: "arm64" } as const)[header.readUInt16LE(18)];
}

/** Why the code does not run, and what a person can do. */
function missing(runtime: string, folder: string): string {
  if (runtime.startsWith("provided")) {
    return `There is no program bootstrap in ${folder}, nor where sam build puts it. Build it first; what is in an archive, unpack.`;
  }
  const [language = ""] = /^[a-z]+/.exec(runtime) ?? [];
  if (language === "go") {
    return "Lambda has ended go1.x. Build a program called bootstrap, for provided.al2023: it runs here too.";
  }
  const program = programs[language];
  return program
    ? `It runs on ${runtime}, which is not started here. If there is a program bootstrap in ${folder}, that is started in its place: ${program}.`
    : `It runs on ${runtime || "no runtime"}; only Node.js, Python, Java and programs called bootstrap run here.`;
}

const programs: Readonly<Record<string, string>> = {
  ruby: "a script of exec bundle exec aws_lambda_ric $_HANDLER",
  dotnet:
    "what dotnet publish --self-contained -p:AssemblyName=bootstrap makes, with Amazon.Lambda.RuntimeSupport",
};
