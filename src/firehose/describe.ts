/** What is logged of a failed record: why, and by default nothing of what was in it. */
import { isUtf8 } from "node:buffer";
import { type DescribedError, describeError } from "../observe/log.ts";
import { stepOf } from "../record/pipeline.ts";

/** Of an error of the steps, `fail()` included. */
export function describeFailure(
  error: unknown,
  data: Uint8Array,
  logPayload: boolean,
): DescribedError {
  const step = stepOf(error);
  if (step === "failed") return { name: "fail", message: (error as Error).message };
  const thrown = step === "threw" ? (error as Error).cause : error;
  if (logPayload) return describeError(thrown);
  return step === "threw" ? withoutJson(describeError(thrown)) : describeUndecoded(thrown, data);
}

/** Decoders and schemas tell what they found: useful, and somebody's data. */
function describeUndecoded(error: unknown, data: Uint8Array): DescribedError {
  const { name } = describeError(error, false);
  const paths = pathsIn(error);
  const where = paths.length > 0 ? ` What is wrong is at ${paths.join(", ")}.` : "";
  return {
    name,
    message: `The payload of ${data.length} bytes cannot be decoded.${where} With logPayload: true the log says more.`,
  };
}

/** Where a schema found something wrong: the names of fields, without their values. */
function pathsIn(error: unknown): string[] {
  const { cause } = (error ?? {}) as { cause?: unknown };
  if (!Array.isArray(cause)) return [];
  const paths = cause.map(({ path = [] }: { path?: readonly unknown[] }) =>
    path.map((step) => String((step as { key?: unknown })?.key ?? step)).join("."),
  );
  return [...new Set(paths)].filter((path) => path !== "").slice(0, 10);
}

/** What JSON.parse says begins with what it was given. */
function withoutJson({ name, message, stack, cause }: DescribedError): DescribedError {
  const own = message.replace(
    /,? ?(\.\.\.)?".*"(\.\.\.)? is not valid JSON/s,
    " is not valid JSON",
  );
  return {
    name,
    message: own,
    stack: stack?.replace(message, own),
    ...(cause && { cause: withoutJson(cause) }),
  };
}

const longest = 2000;

/** A payload for a log line: as text where it is some, otherwise in base64. */
export function describePayload(data: Uint8Array): string {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = buffer.toString(isUtf8(buffer) ? "utf8" : "base64");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
