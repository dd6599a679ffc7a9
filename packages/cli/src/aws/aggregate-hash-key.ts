/** Where an aggregate belongs that is put again. */
import { deaggregate, effectiveHashKey } from "../../../../src/kpl.ts";

/**
 * The explicit hash key to put a record with. GetRecords does not tell where an aggregate was sent: it belongs where
 * the first of its user records does.
 */
export function explicitHashKeyOf(record: {
  readonly explicitHashKey?: string | undefined;
  readonly data: Uint8Array;
}): string | undefined {
  if (record.explicitHashKey !== undefined) return record.explicitHashKey;
  const inner = deaggregate(record.data);
  return inner && String(effectiveHashKey(inner[0]!));
}
