/** The log is another function's, or a newer release's: no batch may go on without knowing what it says. */
export class LogMismatchError extends Error {
  override readonly name = "LogMismatchError";
}
