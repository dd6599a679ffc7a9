/**
 * A function in child processes: each environment is a Node.js of its own behind a Lambda Runtime
 * API, so that a timeout kills even an endless loop, and a crash takes nothing else with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../../../src/time/clock.ts";
import { systemRandom } from "../../../../../src/time/random.ts";
import type { Exit } from "./errors.ts";
import { bootstrap, fileFunction } from "./file-function.ts";
import { type FileFunctionSettings, functionIdentity, type LambdaFunction } from "./function.ts";
import { pooledFunction } from "./pool.ts";
import { type RuntimeApi, runtimeApi } from "./runtime-api.ts";
import { type Runtime, type RuntimeHost, runtimeEnvironment } from "./runtime-environment.ts";

/** What `childProcessFunction` takes. */
export interface ChildProcessSettings extends FileFunctionSettings {
  /** The Node.js that runs the function. @default the one that runs this process */
  readonly execPath?: string;
}

/**
 * Runs a function as Lambda does, but for these: it takes the machine's own time, its environments
 * are not frozen between events, and nothing but the JavaScript heap is held to `memorySize`.
 * The children end with this process, however it ends.
 *
 * @example
 * const fn = childProcessFunction({ functionName: "departures", file: "dist/departures.mjs" });
 * const response = await fn.invoke(event, { awsRequestId: randomUUID() });
 * await fn.close();
 */
export function childProcessFunction(settings: ChildProcessSettings): LambdaFunction {
  const { execPath = process.execPath, environment = {}, random = systemRandom } = settings;
  const identity = functionIdentity(settings);
  const code = fileFunction(identity, settings);
  const entry = fileURLToPath(bootstrap("child"));
  const heap = `--max-old-space-size=${code.heapSizeMb}`;
  const ownHeap = /max.old.space.size/.test(environment.NODE_OPTIONS ?? "");
  const args = [
    ...code.execArgv,
    ...(ownHeap ? [] : [heap]),
    ...[entry, code.file, code.handler],
    ...(settings.onSettled ? ["settled"] : []),
  ];

  return pooledFunction(identity, settings, (environmentId) => {
    const launch = (runtimeApi: string) =>
      spawn(execPath, args, {
        cwd: code.taskRoot,
        env: code.variables(environmentId, { runtimeApi }),
        stdio: ["ignore", "pipe", "pipe"],
        windowsHide: true,
      });
    const failed = (cause: Error) =>
      new Error(`Cannot run ${execPath} in ${code.taskRoot}: ${cause.message}`, { cause });
    return runtimeEnvironment(identity, environmentId, settings, random, (host) =>
      startChild(host, launch, failed),
    );
  });
}

/** Milliseconds for which the output of a dead process may be held open by one that it started. */
const patience = 500;

function startChild(
  host: RuntimeHost,
  launch: (runtimeApi: string) => ChildProcess,
  failed: (cause: Error) => Error,
): Runtime {
  let api: RuntimeApi | undefined;
  let child: ChildProcess | undefined;
  let killed = false;
  let alive = true;

  const exit = (how: Exit) => {
    api?.close();
    host.exit(how);
  };
  const neverBegan = (cause: Error) => exit({ code: null, signal: null, error: failed(cause) });

  async function start() {
    api = await runtimeApi(host);
    if (killed) return exit({ code: null, signal: "SIGKILL" });
    const started = launch(api.address);
    child = started;
    child.once("close", (code, signal) => exit({ code, signal }));
    child.once("error", (error) => {
      if (started.pid === undefined) neverBegan(error);
    });
    for (const stream of ["stdout", "stderr"] as const) {
      const output = child[stream] as Socket;
      output.on("data", host[stream].write);
      output.on("end", host[stream].end);
      output.unref();
      child.once("exit", () => systemClock.after(patience, () => output.destroy()));
    }
    if (!alive) child.unref();
  }

  start().catch(neverBegan);

  return {
    kill() {
      killed = true;
      child?.kill("SIGKILL");
    },
    keepAlive(needed) {
      alive = needed;
      if (needed) child?.ref();
      else child?.unref();
    },
  };
}
