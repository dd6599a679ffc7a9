/** The item failures that a function answers, each with the record that it means. */

export interface ItemFailure {
  /** Undefined: the entry has none, or one that is no text. */
  readonly itemIdentifier: string | undefined;
  /** Its record in the event, from 0. Undefined: no record has that identifier. */
  readonly index?: number;
  readonly partitionKey?: string;
}

/** Whatever the event and the answer are. */
export function itemFailures(event: unknown, response: unknown): ItemFailure[] {
  const failures = (response as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (!Array.isArray(failures)) return [];
  const records = (event as { Records?: unknown } | null)?.Records;
  const named = new Map<string, { index: number; partitionKey: string }>();
  for (const [index, record] of (Array.isArray(records) ? records : []).entries()) {
    const { sequenceNumber, partitionKey } = record?.kinesis ?? {};
    if (!named.has(sequenceNumber)) named.set(sequenceNumber, { index, partitionKey });
  }
  return failures.map((failure) => {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    const itemIdentifier = typeof id === "string" ? id : undefined;
    return { itemIdentifier, ...named.get(itemIdentifier ?? "") };
  });
}
