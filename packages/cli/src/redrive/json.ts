/** A parked record or a failure document, as a queue and a bucket hold them. */
import { failedBatch, isFailureDocument } from "../input/index.ts";
import { type Found, type Hold, type Payload, parkedItem, payloadElsewhere } from "./found.ts";

/** Undefined: it is neither. Throws InputError for a failure document that lacks something. */
export function foundJson(text: string, where: string, hold: Hold): Found | undefined {
  const value = parsed(text);
  if (isFailureDocument(value)) {
    const source = { file: where, line: 1, end: text.length };
    return { kind: "failed", batch: failedBatch(value, source), hold };
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const item = parkedItem(fields, payloadOf(fields));
  return item && { kind: "parked", item, hold };
}

function payloadOf({ data, ...fields }: Record<string, unknown>): Payload | undefined {
  if (typeof data === "string") return { data: Buffer.from(data, "base64") };
  return payloadElsewhere(fields);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
