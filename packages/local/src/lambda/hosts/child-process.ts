/**
 * A function in child processes: each environment is a Node.js of its own behind a Lambda Runtime
 * API, so that a timeout kills even an endless loop, and a crash takes nothing else with it.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemRandom } from "../../../../../src/time/random.ts";
import { startChild } from "./child-runtime.ts";
import { bootstrap, fileFunction } from "./file-function.ts";
import { type FileFunctionSettings, functionIdentity, type LambdaFunction } from "./function.ts";
import { type Inspector, type InspectorPort, inspectorHost } from "./inspector.ts";
import { type Environment, pooledFunction } from "./pool.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";

/** What `childProcessFunction` takes. */
export interface ChildProcessSettings extends FileFunctionSettings {
  /** The Node.js that runs the function. @default the one that runs this process */
  readonly execPath?: string;
  /**
   * Opens Node.js's debugger on each environment, which waits for one to come. Set `untimed` too.
   * @default no debugger
   */
  readonly inspector?: Inspector | undefined;
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
  const args = (inspected: number | undefined) => [
    ...(inspected === undefined
      ? []
      : // Where it listens, we say: not Node.js among the lines of the function.
        [`--inspect-wait=${inspectorHost}:${inspected}`, "--inspect-publish-uid=http"]),
    ...code.execArgv,
    ...(ownHeap ? [] : [heap]),
    ...[entry, code.file, code.handler],
    ...(settings.onSettled ? ["settled"] : []),
    ...(settings.onCalls ? ["calls"] : []),
  ];

  return pooledFunction(identity, settings, (environmentId) => {
    const debuggers = settings.inspector?.port(identity.functionName);
    let inspected: number | undefined;
    const prepare = debuggers && (async () => (inspected = await debuggers.take()));
    const launch = (runtimeApi: string) =>
      spawn(execPath, args(inspected), {
        cwd: code.taskRoot,
        env: code.variables(environmentId, { runtimeApi }),
        stdio: ["ignore", "pipe", "pipe"],
        windowsHide: true,
      });
    const failed = (cause: Error) =>
      new Error(`Cannot run ${execPath} in ${code.taskRoot}: ${cause.message}`, { cause });
    const environment = runtimeEnvironment(identity, environmentId, settings, random, (host) =>
      startChild(host, { prepare, launch, failed }),
    );
    return debuggers ? inspectedEnvironment(environment, debuggers) : environment;
  });
}

/** Gives its port back when it has ended, and says before that it will. */
function inspectedEnvironment(environment: Environment, debuggers: InspectorPort): Environment {
  environment.stopped.then(debuggers.free);
  return {
    ...environment,
    stop(reason) {
      debuggers.leave();
      environment.stop(reason);
    },
  };
}
