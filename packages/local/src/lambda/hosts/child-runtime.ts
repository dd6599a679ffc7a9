/** A runtime in a process of its own, behind a Lambda Runtime API. */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { systemClock } from "../../../../../src/time/clock.ts";
import type { Exit } from "./errors.ts";
import { type RuntimeApi, runtimeApi } from "./runtime-api.ts";
import type { Runtime, RuntimeHost } from "./runtime-environment.ts";

export interface ChildRuntime {
  /** What has to be there before the process starts. @default nothing */
  readonly prepare?: (() => Promise<unknown>) | undefined;
  /** Starts the process, which finds its events at this address. */
  readonly launch: (runtimeApi: string) => ChildProcess;
  /** What to say where the process could not be started. */
  readonly failed: (cause: Error) => Error;
  /** Ends the process now. @default by SIGKILL */
  readonly kill?: (child: ChildProcess) => void;
}

/** Milliseconds for which the output of a dead process may be held open by one that it started. */
const patience = 500;

export function startChild(
  host: RuntimeHost,
  { prepare, launch, failed, kill = (child) => child.kill("SIGKILL") }: ChildRuntime,
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
    await prepare?.();
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
      if (child) kill(child);
    },
    keepAlive(needed) {
      alive = needed;
      if (needed) child?.ref();
      else child?.unref();
    },
  };
}
