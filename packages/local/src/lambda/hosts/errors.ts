/** The ways in which an invocation fails, with Lambda's own types and texts. */
import type { ErrorReport } from "./runtime/payload.ts";

/**
 * An invocation that began and failed: the handler threw, the environment exited, or the time
 * ran out. Lambda reports all of them as the function error "Unhandled".
 */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly functionError = "Unhandled";
  readonly functionName: string;
  readonly requestId: string;
  /** The name of the error that was thrown, or one of Lambda's: `Sandbox.Timedout`, `Runtime.ExitError`… */
  readonly errorType: string;
  readonly errorMessage: string;
  /** The handler's stack, line by line. Empty: it has none, or what was thrown is not an `Error`. */
  readonly trace: readonly string[];

  constructor(
    at: { readonly functionName: string; readonly requestId: string },
    { errorType, errorMessage, trace = [] }: ErrorReport,
    options?: ErrorOptions,
  ) {
    super(`Function ${at.functionName} failed with ${errorType}: ${errorMessage}`, options);
    this.functionName = at.functionName;
    this.requestId = at.requestId;
    this.errorType = errorType;
    this.errorMessage = errorMessage;
    this.trace = trace;
    if (trace.length > 0) this.stack = `${this.name}: ${this.message}\n${trace.join("\n")}`;
  }
}

/** The function did not run: as many invocations as it may have are under way. */
export class TooManyRequestsException extends Error {
  override readonly name = "TooManyRequestsException";
  readonly reason = "ReservedFunctionConcurrentInvocationLimitExceeded";

  constructor(functionName: string, limit: number) {
    super(`Rate Exceeded. Function ${functionName} may have ${limit} invocations at one time.`);
  }
}

/** What Lambda reports when the time ran out. */
export function timedOut(requestId: string, timeoutMs: number): ErrorReport {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}

/** How a runtime ended: with an exit code, by a signal, or without having begun (`error`). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error?: Error;
}

/** What Lambda reports when the runtime is gone before it has answered. */
export function exited(requestId: string, { code, signal, error }: Exit): ErrorReport {
  const said = (text: string) => `RequestId: ${requestId} Error: ${text}`;
  if (error) {
    return { errorType: "Runtime.InvalidEntrypoint", errorMessage: said(error.message) };
  }
  let text = "Runtime exited without providing a reason";
  if (signal) text = `Runtime exited with error: signal: ${signalTexts[signal] ?? signal}`;
  else if (code) text = `Runtime exited with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage: said(text) };
}

/** Linux's names for the signals that end a process, as they appear in Lambda's logs. */
const signalTexts: Readonly<Record<string, string>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGHUP: "hangup",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

/** Bytes of a response that Lambda passes on. */
export const maximumResponseSize = 6_291_556;

export const responseTooLarge: ErrorReport = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${maximumResponseSize} bytes).`,
};
