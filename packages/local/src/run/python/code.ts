/** The code of a Python function: its files as they are, and the Python that runs them. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import type { FunctionSource } from "../../template/types.ts";
import type { BuiltCode } from "../built-code.ts";
import { type PythonOptions, pythonFor } from "./environment.ts";

/** Throws what is wrong, with file and line; what only an import shows, the function itself says. */
export async function pythonCode(
  { file, exportName, taskRoot, version = "3" }: FunctionSource,
  options: PythonOptions,
): Promise<BuiltCode> {
  const list = join(taskRoot, "requirements.txt");
  const requirements = existsSync(list) && !isSamOutput(taskRoot) ? list : undefined;
  const { command, variables } = await pythonFor(version, requirements, options);
  await checkSyntax(command, file);
  const module = relative(taskRoot, file)
    .replace(/(\/__init__)?\.py$/, "")
    .replaceAll(sep, ".");
  const handler = `${module}.${exportName}`;
  return {
    ...{ file, handler, taskRoot },
    program: {
      command,
      args: ["-m", "awslambdaric", handler],
      variables: { ...variables, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" },
    },
    inputs: [...modulesIn(taskRoot), ...(requirements ? [requirements] : [])],
  };
}

/** `sam build` has put the packages beside the code. */
const isSamOutput = (folder: string) => folder.split(sep).includes(".aws-sam");

const check = `import ast, sys
try: ast.parse(open(sys.argv[1], "rb").read(), sys.argv[1])
except SyntaxError as e: sys.exit("%s:%s: %s" % (e.filename, e.lineno, e.msg))`;

async function checkSyntax(python: string, file: string): Promise<void> {
  try {
    await promisify(execFile)(python, ["-c", check, file]);
  } catch (cause) {
    const { stderr = "", message } = cause as { stderr?: string; message: string };
    throw new Error(stderr.trim() || message, { cause });
  }
}

/** So many modules at most are watched: the others are somebody's packages. */
const most = 2_000;

const notOwn = /^(\.|__pycache__$|node_modules$|venv$|site-packages$|cdk\.out$)/;

function modulesIn(folder: string): string[] {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next && found.length < most; next = waiting.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && !notOwn.test(entry.name)) waiting.push(path);
      else if (entry.isFile() && entry.name.endsWith(".py")) found.push(path);
    }
  }
  return found;
}
