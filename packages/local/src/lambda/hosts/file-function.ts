/** What the two hosts that load a handler from a file have in common. */
import { dirname, extname, relative, resolve } from "node:path";
import { systemClock } from "../../../../../src/time/clock.ts";
import { type FileFunctionSettings, type FunctionIdentity, logStreamName } from "./function.ts";
import { checkVariables, environmentVariables } from "./variables.ts";

export interface FileFunction {
  /** Absolute path. */
  readonly file: string;
  readonly handler: string;
  readonly taskRoot: string;
  /** Options of Node.js. */
  readonly execArgv: readonly string[];
  /** What of the memory is the heap's: nine tenths. */
  readonly heapSizeMb: number;
  /** The variables of one environment, which starts now. */
  variables(environmentId: string, own?: { readonly runtimeApi: string }): Record<string, string>;
}

export function fileFunction(
  identity: FunctionIdentity,
  settings: FileFunctionSettings,
): FileFunction {
  const { handler = "handler", environment = {} } = settings;
  const file = resolve(settings.file);
  const taskRoot = resolve(settings.taskRoot ?? dirname(file));
  const module = relative(taskRoot, file)
    .replaceAll("\\", "/")
    .replace(/\.\w+$/, "");
  checkVariables(identity.functionName, environment);
  return {
    file,
    handler,
    taskRoot,
    execArgv: ["--enable-source-maps"],
    heapSizeMb: Math.floor(identity.memorySize * 0.9),
    variables: (environmentId, own) =>
      environmentVariables({
        identity,
        logStreamName: logStreamName(systemClock.now(), identity.functionVersion, environmentId),
        handler: `${module}.${handler}`,
        taskRoot,
        environment,
        parent: process.env,
        ...own,
      }),
  };
}

/** The entry that a host starts: beside this module, TypeScript in the source, JavaScript in the package. */
export function bootstrap(host: "child" | "worker"): URL {
  return new URL(
    `./${host}-bootstrap${extname(new URL(import.meta.url).pathname)}`,
    import.meta.url,
  );
}
