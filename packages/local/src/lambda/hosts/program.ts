/**
 * A function in any language: a program that speaks the Lambda Runtime API, as every custom runtime
 * and every runtime interface client of AWS does. See "Building a custom runtime for AWS Lambda".
 */
import { spawn } from "node:child_process";
import { systemClock } from "../../../../../src/time/clock.ts";
import { systemRandom } from "../../../../../src/time/random.ts";
import { startChild } from "./child-runtime.ts";
import {
  type FileFunctionSettings,
  type FunctionSettings,
  functionIdentity,
  type LambdaFunction,
  logStreamName,
} from "./function.ts";
import { plainLogLines } from "./log-lines.ts";
import { pooledFunction } from "./pool.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import { checkVariables, environmentVariables } from "./variables.ts";

/** What `programFunction` takes. */
export interface ProgramSettings
  extends FunctionSettings,
    Pick<
      FileFunctionSettings,
      "environment" | "initTimeout" | "untimed" | "onInvocation" | "onLog"
    > {
  /** The program. Absolute, or a name on the path. */
  readonly command: string;
  /** @default none */
  readonly args?: readonly string[];
  /** What is `/var/task` in Lambda, and where the program starts. Absolute. */
  readonly taskRoot: string;
  /** `_HANDLER`, as in the function's configuration. @default "bootstrap" */
  readonly handler?: string;
  /** Variables for the program, below the function's own. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Runs a function as Lambda does, but for these: it takes the machine's own time, its environments
 * are not frozen between events, and its memory is not bounded. A program, with all that it started
 * in its process group, ends with its environment; if this process is killed, it ends when it next
 * asks for an event.
 *
 * @example
 * const fn = programFunction({ functionName: "departures", command: "/app/bootstrap", taskRoot: "/app" });
 * const response = await fn.invoke(event, { awsRequestId: randomUUID() });
 * await fn.close();
 */
export function programFunction(settings: ProgramSettings): LambdaFunction {
  const { command, args = [], taskRoot, handler = "bootstrap" } = settings;
  const { environment = {}, variables = {}, random = systemRandom } = settings;
  const identity = functionIdentity(settings);
  checkVariables(identity.functionName, environment);

  return pooledFunction(identity, settings, (environmentId) => {
    const { functionVersion } = identity;
    const logStream = logStreamName(systemClock.now(), functionVersion, environmentId);
    const launch = (runtimeApi: string) => {
      const child = spawn(command, args, {
        cwd: taskRoot,
        env: environmentVariables({
          ...{ identity, handler, taskRoot, runtimeApi, parent: process.env },
          logStreamName: logStream,
          environment: { ...variables, ...environment },
        }),
        stdio: ["ignore", "pipe", "pipe"],
        // A group of its own: Ctrl-C does not reach it, and what it starts ends with it.
        detached: hasGroups,
        windowsHide: true,
      });
      child.once("exit", () => killGroup(child));
      return child;
    };
    const failed = (cause: Error) =>
      new Error(`Cannot run ${command} in ${taskRoot}: ${cause.message}`, { cause });
    return runtimeEnvironment(
      identity,
      environmentId,
      settings,
      random,
      (host) => startChild(host, { launch, failed, kill: killGroup }),
      plainLogLines,
    );
  });
}

const hasGroups = process.platform !== "win32";

function killGroup(child: ReturnType<typeof spawn>): void {
  if (!hasGroups || child.pid === undefined) return void child.kill("SIGKILL");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
