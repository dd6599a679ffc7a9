/** A function in worker threads: killed at its timeout like a process, and quicker to start. */
import { once } from "node:events";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { systemRandom } from "../../../../../src/time/random.ts";
import { bootstrap, fileFunction } from "./file-function.ts";
import { type FileFunctionSettings, functionIdentity, type LambdaFunction } from "./function.ts";
import { pooledFunction } from "./pool.ts";
import { type Runtime, type RuntimeHost, runtimeEnvironment } from "./runtime-environment.ts";
import type { WorkerMessage } from "./worker-bootstrap.ts";

/**
 * Runs a function in threads of this process. `process.exit` ends the thread alone; a crash of
 * native code ends everything. The time is the machine's own; the time zone, the working directory
 * and `NODE_OPTIONS` are this process's.
 *
 * @example
 * const fn = workerThreadFunction({ functionName: "departures", file: "dist/departures.mjs" });
 * const response = await fn.invoke(event, { awsRequestId: randomUUID() });
 * await fn.close();
 */
export function workerThreadFunction(settings: FileFunctionSettings): LambdaFunction {
  const { random = systemRandom } = settings;
  const identity = functionIdentity(settings);
  const code = fileFunction(identity, settings);

  return pooledFunction(identity, settings, (environmentId) =>
    runtimeEnvironment(identity, environmentId, settings, random, (host) =>
      superviseWorker(
        host,
        new Worker(bootstrap("worker"), {
          workerData: { file: code.file, handler: code.handler },
          env: code.variables(environmentId),
          execArgv: [...code.execArgv],
          resourceLimits: { maxOldGenerationSizeMb: code.heapSizeMb },
          stdout: true,
          stderr: true,
        }),
      ),
    ),
  );
}

function superviseWorker(host: RuntimeHost, worker: Worker): Runtime {
  let killed = false;
  const outputs = (["stdout", "stderr"] as const).map((stream) => {
    worker[stream].on("data", host[stream].write);
    return once(worker[stream], "end");
  });
  worker.on("message", (message: WorkerMessage) => {
    if (message.type === "next") host.next((invocation) => worker.postMessage(invocation));
    else if (message.type === "respond") host.respond(message.requestId, message.body);
    else if (message.type === "fail") host.fail(message.requestId, message.report);
    else host.failInit(message.report);
  });
  // What no handler caught, a full heap for example; the exit that follows is what counts.
  worker.on("error", (error) => host.stderr.write(Buffer.from(`${inspect(error)}\n`)));
  worker.on("exit", async (code) => {
    await Promise.all(outputs);
    host.exit(killed ? { code: null, signal: "SIGKILL" } : { code, signal: null });
  });
  return {
    kill() {
      killed = true;
      worker.terminate();
    },
    keepAlive(needed) {
      if (needed) worker.ref();
      else worker.unref();
    },
  };
}
