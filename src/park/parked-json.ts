import type { ParkedRecord } from "./parking.ts";

/** A parked record as JSON, its payload in base64. */
export function parkedJson(
  { data, ...parked }: ParkedRecord,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  return { ...parked, data: Buffer.from(data).toString("base64"), ...extra };
}
