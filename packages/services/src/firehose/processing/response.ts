/**
 * What a transforming function answered, record by record.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
 */
import type { DeliveryRecord } from "../record.ts";

export type Verdict =
  | {
      readonly result: "Ok";
      readonly data: Uint8Array;
      /** Undefined: none were given. */
      readonly partitionKeys: Readonly<Record<string, string>> | undefined;
    }
  | { readonly result: "Dropped" }
  | Refused;

export interface Refused {
  readonly result: "Refused";
  readonly errorCode: string;
  readonly errorMessage: string;
}

const refused = (errorCode: string, errorMessage: string): Refused => ({
  result: "Refused",
  errorCode: `Lambda.${errorCode}`,
  errorMessage,
});

const missing = refused(
  "MissingRecordId",
  "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
);
const duplicated = refused(
  "DuplicatedRecordId",
  "Multiple records were returned with the same record Id. Ensure that the Lambda function returns unique record Ids for each record.",
);
const unreadable = refused(
  "JsonProcessingException",
  "There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model required by Firehose.",
);
const failed = refused("ProcessingFailedStatus", "ProcessingFailed status set for record");

/** One verdict for each record, in their order. Record ids that were never sent mean nothing. */
export function readVerdicts(response: unknown, records: readonly DeliveryRecord[]): Verdict[] {
  const answers = membersOf(response).records;
  if (!Array.isArray(answers)) return records.map(() => unreadable);
  const byId = new Map<unknown, unknown[]>();
  for (const answer of answers) {
    const { recordId } = membersOf(answer);
    const same = byId.get(recordId);
    if (same) same.push(answer);
    else byId.set(recordId, [answer]);
  }
  return records.map(({ id }) => {
    const own = byId.get(id) ?? [];
    return own.length === 0 ? missing : own.length > 1 ? duplicated : readAnswer(own[0]);
  });
}

function readAnswer(answer: unknown): Verdict {
  const { result, data, metadata } = membersOf(answer);
  switch (result) {
    case "Dropped":
      return { result };
    case "ProcessingFailed":
      return failed;
    case "Ok": {
      const bytes = fromBase64(data);
      const partitionKeys = readKeys(membersOf(metadata).partitionKeys);
      return bytes && partitionKeys !== null ? { result, data: bytes, partitionKeys } : unreadable;
    }
    default:
      return unreadable;
  }
}

function fromBase64(data: unknown): Uint8Array | undefined {
  if (typeof data !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return undefined;
  return Buffer.from(data, "base64");
}

/** Null: there are keys, and they are not all text. */
function readKeys(keys: unknown): Readonly<Record<string, string>> | undefined | null {
  if (keys === undefined || keys === null) return undefined;
  const members = membersOf(keys);
  const areText = Object.values(members).every((value) => typeof value === "string");
  return areText && typeof keys === "object" ? (members as Record<string, string>) : null;
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
