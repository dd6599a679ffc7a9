import { isError } from "../values/kinds.ts";
import { inform } from "../values/ready.ts";

/** A logger: Powertools' Logger is one, and so is `console`. It always gets details, which Powertools' types ask for. */
export interface Logger {
  debug(message: string, details: Record<string, unknown>): void;
  info(message: string, details: Record<string, unknown>): void;
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
}

/** Writes one line. */
export type WriteLine = (line: string) => void;

/** Structured lines as Lambda's own JSON log format has them: timestamp, level, message, then the details. */
export function jsonLogger(write: WriteLine, now: () => number): Logger {
  return everyLevel((level, message, details) => {
    const line = { timestamp: new Date(now()).toISOString(), level: level.toUpperCase(), message };
    write(JSON.stringify({ ...line, ...details }));
  });
}

/** The logger, but that what it throws, or rejects with, changes nothing: what cannot be logged fails no record. */
export function safeLogger(logger: Logger): Logger {
  return everyLevel((level, message, details) =>
    // There is nowhere left to say it.
    inform(
      () => logger[level](message, details),
      () => {},
    ),
  );
}

function everyLevel(
  log: (level: keyof Logger, message: string, details: Record<string, unknown>) => void,
): Logger {
  const at = (level: keyof Logger) => log.bind(undefined, level);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** What can be said of anything that was thrown. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: DescribedError | undefined;
}

/** With its cause, but not with the cause of that. */
export function describeError(thrown: unknown, withCause = true): DescribedError {
  try {
    if (isError(thrown)) {
      const { name, message, stack, cause } = thrown;
      const described = {
        name: String(name),
        message: String(message),
        stack: stack && String(stack),
      };
      const hasCause = withCause && cause !== undefined;
      return hasCause ? { ...described, cause: describeError(cause, false) } : described;
    }
    // Not imported: as a module it makes the start of a handler longer.
    const { inspect } = process.getBuiltinModule("node:util");
    const message =
      typeof thrown === "string" ? thrown : inspect(thrown, { breakLength: Infinity });
    return { name: typeof thrown, message };
  } catch {
    return { name: typeof thrown, message: "What was thrown cannot be described." };
  }
}
