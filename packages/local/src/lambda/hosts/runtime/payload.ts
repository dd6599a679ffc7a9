/** What a handler returned or threw, in the form in which Lambda passes it on. */

/** An error as the Runtime API carries it. */
export interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The JSON text of a response. `undefined` becomes `null`; what JSON cannot hold throws. */
export function responseText(response: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(response === undefined ? null : response);
    if (text !== undefined) return text;
  } catch (cause) {
    throw namedError("Runtime.JSONStringifyError", unserializable, { cause });
  }
  throw namedError("Runtime.JSONStringifyError", unserializable);
}

const unserializable = "Unable to stringify response body";

/** The report on whatever was thrown; anything can be. */
export function errorReport(thrown: unknown): ErrorReport {
  try {
    if (!isError(thrown)) {
      return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
    }
    return {
      errorType: String(thrown.name),
      errorMessage: String(thrown.message),
      trace: String(thrown.stack ?? "").split("\n"),
    };
  } catch {
    return {
      errorType: "handled",
      errorMessage: "The thrown value cannot be read.",
      trace: [],
    };
  }
}

/** The report on a rejection that nobody handled; its message names the reason's own error type. */
export function rejectionReport(reason: unknown): ErrorReport {
  const { errorType, errorMessage, trace = [] } = errorReport(reason);
  return {
    errorType: "Runtime.UnhandledPromiseRejection",
    errorMessage: isError(reason) ? `${errorType}: ${errorMessage}` : errorMessage,
    trace,
  };
}

/** An error of Lambda's runtime, known by its name. */
export function namedError(name: string, message: string, options?: ErrorOptions): Error {
  const error = new Error(message, options);
  error.name = name;
  return error;
}

/** Errors of another realm (`node:vm`) are errors too. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
}
