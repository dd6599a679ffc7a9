/** The runtime inside an execution environment: load the handler, then one event after another. */
import module from "node:module";
import { inspect } from "node:util";
import type { SettledBatch } from "../../../../../../src/record/settled-batch.ts";
import { lambdaContext } from "./context.ts";
import { type CallElsewhere, watchElsewhere } from "./elsewhere.ts";
import { type Handler, loadHandler } from "./handler.ts";
import { markBegin, markEnd } from "./log-marks.ts";
import { failingOnPurpose } from "./on-purpose.ts";
import { type ErrorReport, errorReport, rejectionReport, responseText } from "./payload.ts";
import { type SettledRecords, settledRecords } from "./settled.ts";

/** One event, as the Runtime API hands it out. */
export interface Invocation {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly traceId: string;
  /** JSON. */
  readonly event: string;
  /** So many records fail before they are processed, because somebody asked for it. */
  readonly failing: number;
}

/** The way to the host. */
export interface RuntimeClient {
  next(): Promise<Invocation>;
  respond(requestId: string, body: string): Promise<void>;
  fail(requestId: string, report: ErrorReport): Promise<void>;
  failInit(report: ErrorReport): Promise<void>;
  /** What became of the records of a batch. Undefined: the host does not ask. */
  readonly settled?: ((requestId: string, records: SettledRecords) => Promise<void>) | undefined;
  /** What was asked of services elsewhere. Undefined: the host does not ask. */
  readonly calls?: (requestId: string, calls: readonly CallElsewhere[]) => Promise<void>;
}

/** Exit codes of Lambda's own runtime. */
const afterRejection = 128;
const afterException = 129;

/** Calls of so many milliseconds are told together. */
const callsMs = 50;

/** Serves events until the environment ends. */
export async function runFunction(client: RuntimeClient, file: string, name: string) {
  const write = {
    stdout: process.stdout.write.bind(process.stdout),
    stderr: process.stderr.write.bind(process.stderr),
  };
  const mark = (line: string) => {
    write.stdout(line);
    write.stderr(line);
  };
  process.env.AWS_EXECUTION_ENV = `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`;
  let state: "init" | "idle" | "crashed" | Invocation = "init";
  const running = () => (typeof state === "object" ? state.requestId : undefined);
  const tellCalls = callsTold(client, running);

  const crash = async (thrown: unknown, report: ErrorReport, exitCode: number) => {
    if (state === "crashed") return;
    const during = state;
    state = "crashed";
    if (during === "init") await client.failInit(report);
    else if (during === "idle") write.stderr(`${inspect(thrown)}\n`);
    else await client.fail(during.requestId, report);
    process.exit(exitCode);
  };
  process.on("uncaughtException", (error) => crash(error, errorReport(error), afterException));
  process.on("unhandledRejection", (reason) =>
    crash(reason, rejectionReport(reason), afterRejection),
  );

  let handler: Handler;
  try {
    handler = await loadHandler(file, name);
  } catch (error) {
    return crash(error, errorReport(error), 1);
  }
  // Kept where `NODE_COMPILE_CACHE` says: an environment is killed in the end, and Node.js would write nothing then.
  module.flushCompileCache?.();

  state = "idle";
  for (;;) {
    const invocation = await client.next();
    process.env._X_AMZN_TRACE_ID = invocation.traceId;
    mark(markBegin(invocation.requestId));
    state = invocation;
    const send = await outcome(client, handler, invocation);
    await tellCalls();
    // What the handler left behind unhandled shows in this turn, and counts as this invocation's.
    await new Promise((resolve) => setImmediate(resolve));
    if (state !== invocation) return;
    state = "idle";
    mark(markEnd);
    await send();
  }
}

/** Begins to look at what is asked of services elsewhere. Returns what tells the rest of it. */
function callsTold(client: RuntimeClient, running: () => string | undefined): () => Promise<void> {
  if (!client.calls) return async () => {};
  let gathered: CallElsewhere[] = [];
  let isDue = false;
  const tell = async () => {
    const requestId = running();
    const calls = gathered;
    gathered = [];
    isDue = false;
    if (requestId !== undefined && calls.length > 0) await client.calls?.(requestId, calls);
  };
  watchElsewhere(oursIn(process.env), (call) => {
    gathered.push(call);
    if (isDue) return;
    isDue = true;
    setTimeout(tell, callsMs).unref();
  });
  return tell;
}

/** Host and port of the services of this machine, and of the host itself. */
const oursIn = (env: NodeJS.ProcessEnv): ReadonlySet<string> =>
  new Set(
    Object.entries(env).flatMap(([name, value = ""]) => {
      if (name === "AWS_LAMBDA_RUNTIME_API") return [value];
      return name.startsWith("AWS_ENDPOINT_URL") && URL.canParse(value)
        ? [new URL(value).host]
        : [];
    }),
  );

async function outcome(client: RuntimeClient, handler: Handler, invocation: Invocation) {
  const { requestId } = invocation;
  const settled: SettledRecords[] = [];
  const tell = async () => {
    for (const records of settled) await client.settled?.(requestId, records);
  };
  try {
    const handed = context(invocation);
    if (client.settled) hear(handed, settled, invocation.failing);
    const text = responseText(await handler(JSON.parse(invocation.event), handed));
    await tell();
    return () => client.respond(requestId, text);
  } catch (error) {
    const report = errorReport(error);
    await tell();
    return () => client.fail(requestId, report);
  }
}

function context({ requestId, deadlineMs, invokedFunctionArn }: Invocation) {
  const variable = (name: string) => process.env[name] ?? "";
  return lambdaContext(
    {
      functionName: variable("AWS_LAMBDA_FUNCTION_NAME"),
      functionVersion: variable("AWS_LAMBDA_FUNCTION_VERSION"),
      invokedFunctionArn,
      memorySize: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
      logGroupName: variable("AWS_LAMBDA_LOG_GROUP_NAME"),
      logStreamName: variable("AWS_LAMBDA_LOG_STREAM_NAME"),
    },
    requestId,
    () => deadlineMs - Date.now(),
  );
}

/** Where the consumer looks for what its host wants to know: out of sight of a handler that prints its context. */
function hear(context: object, into: SettledRecords[], failing: number): void {
  const settled = (batch: SettledBatch) => {
    try {
      into.push(settledRecords(batch));
    } catch {
      // A consumer of another version says it otherwise: nothing is known then.
    }
  };
  Object.defineProperty(context, Symbol.for("shardmill.runtime"), {
    value: { settled, ...(failing > 0 && { begin: failingOnPurpose(failing) }) },
  });
}
