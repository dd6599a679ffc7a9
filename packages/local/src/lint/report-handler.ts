/** The options of the handlers, from what is deployed: each is built, and loaded in a process of its own. */
import { fork } from "node:child_process";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileFunction } from "../lambda/hosts/file-function.ts";
import { functionIdentity } from "../lambda/hosts/function.ts";
import { buildHandler } from "../run/handler-code.ts";
import type { Template, TemplateFunction } from "../template/types.ts";
import type { HandlerReport } from "./handler-report.ts";

/** How long a module may load, in milliseconds. */
const patience = 30_000;

/** Beside this module: TypeScript in the source, JavaScript in the package. */
const entry = fileURLToPath(
  new URL(`./lint-child${extname(new URL(import.meta.url).pathname)}`, import.meta.url),
);

/** Builds the handler into `outdir` and reports what it is. */
export async function reportHandler(
  fn: TemplateFunction,
  { region, accountId }: Template,
  outdir: string,
  signal: AbortSignal,
): Promise<HandlerReport> {
  try {
    const code = await buildHandler(fn.source, join(outdir, fn.logicalId));
    const { name: functionName, timeout, memorySize, environment } = fn;
    const identity = functionIdentity({ functionName, timeout, memorySize, region, accountId });
    const { execArgv, variables } = fileFunction(identity, { functionName, ...code, environment });
    const child = fork(entry, [code.file, code.handler], {
      cwd: code.taskRoot,
      env: variables("lint"),
      execArgv: [...execArgv],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      timeout: patience,
      signal,
    });
    return await answerOf(child);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "broken", message: (error as Error).message };
  }
}

function answerOf(child: ReturnType<typeof fork>): Promise<HandlerReport> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("message", (report) => resolve(report as HandlerReport));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const how =
        signal === "SIGTERM"
          ? `Its module has not loaded in ${patience / 1000} s.`
          : `Its process ended with ${signal ?? `status ${status}`} while the module was loaded.`;
      reject(new Error([how, said.trim()].filter(Boolean).join("\n")));
    });
  });
}
