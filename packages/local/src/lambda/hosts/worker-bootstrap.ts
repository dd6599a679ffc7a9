/** The first module of a worker thread that serves one function. An entry of its own; needs only Node. */
import { parentPort, workerData } from "node:worker_threads";
import type { ErrorReport } from "./runtime/payload.ts";
import { type Invocation, runFunction } from "./runtime/run.ts";

/** What the thread tells its host. */
export type WorkerMessage =
  | { readonly type: "next" }
  | { readonly type: "respond"; readonly requestId: string; readonly body: string }
  | { readonly type: "fail"; readonly requestId: string; readonly report: ErrorReport }
  | { readonly type: "failInit"; readonly report: ErrorReport };

const port = parentPort;
if (!port) throw new Error("worker-bootstrap is loaded by workerThreadFunction, in a thread.");
const tell = async (message: WorkerMessage) => port.postMessage(message);

void runFunction(
  {
    next: () =>
      new Promise<Invocation>((resolve) => {
        port.once("message", resolve);
        tell({ type: "next" });
      }),
    respond: (requestId, body) => tell({ type: "respond", requestId, body }),
    fail: (requestId, report) => tell({ type: "fail", requestId, report }),
    failInit: (report) => tell({ type: "failInit", report }),
  },
  workerData.file,
  workerData.handler,
);
