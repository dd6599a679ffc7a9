/** What is logged of a record that failed: why, and by default nothing of what was in it. */
import { type DescribedError, describeError } from "../observe/log.ts";
import { unquoted } from "../record/decode/unquoted.ts";
import { undecodedBy } from "../record/errors.ts";
import { stepOf } from "../record/pipeline.ts";

/** Of a record: its error, and its payload where that is asked for. `undecoded`: what its decoder threw, if it is that. */
export function describeFailure(
  error: unknown,
  { data }: { readonly data: Uint8Array },
  logPayload: boolean,
  undecoded: unknown = undecodedBy(error),
): { readonly error: DescribedError; readonly payload?: string } {
  // What `fail()` was given is a reason, written for whoever reads it.
  const reason =
    stepOf(undecoded) === "failed"
      ? { name: "fail", message: (undecoded as Error).message }
      : undefined;
  if (logPayload) return { error: reason ?? describeError(error), payload: describePayload(data) };
  if (undecoded === undefined) return { error: withoutJson(describeError(error)) };
  return { error: reason ?? withoutPayload(error, undecoded, data) };
}

/** Decoders and schemas tell what they found: useful, and somebody's data. */
function withoutPayload(error: unknown, undecoded: unknown, data: Uint8Array): DescribedError {
  const why = unquoted(undecoded) ?? `The payload of ${data.length} bytes cannot be decoded.`;
  const { name } = describeError(error, false);
  return { name, message: `${why} With logPayload: true the log says more.` };
}

/** What JSON.parse says quotes what it was given. */
function withoutJson({ name, message, stack, cause }: DescribedError): DescribedError {
  const end = message.lastIndexOf(" is not valid JSON");
  const quoted = end < 0 ? -1 : message.indexOf('"');
  const isQuoting = quoted >= 0 && quoted < end;
  const own = isQuoting
    ? message.slice(0, quoted).replace(/,? ?(\.\.\.)?$/, "") + message.slice(end)
    : message;
  return {
    name,
    message: own,
    stack: stack?.replace(message, () => own),
    ...(cause && { cause: withoutJson(cause) }),
  };
}

const longest = 2000;

/** A payload for a log line: as text where it is some, otherwise in base64. */
function describePayload(data: Uint8Array): string {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const { isUtf8 } = process.getBuiltinModule("node:buffer");
  const text = buffer.toString(isUtf8(buffer) ? "utf8" : "base64");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
