/** The protocols of Kinesis: JSON 1.1 and CBOR 1.1. */
import * as services from "../../../../services/src/protocol/json.ts";
import { cannotBe } from "../../../../services/src/protocol/read-input.ts";
import type { RecordPage } from "../api/index.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { putRecordsBody } from "./put-records-body.ts";
import { cborPage, jsonPage } from "./record-page.ts";

export interface Protocol extends services.Protocol {
  /** Reads and checks the request of an action in a shorter way; undefined: there is none for this body. */
  shortcut(action: string, body: Buffer): object | undefined;
  /** Writes what a reader of records gets. */
  writePage(page: RecordPage): Buffer;
}

export const json = {
  ...services.json,
  shortcut: (action: string, body: Buffer) =>
    action === "PutRecords" ? putRecordsBody(body) : undefined,
  writePage: jsonPage,
} as const satisfies Protocol;

/** The protocol of a content type; undefined when it is of neither. */
export function protocolOf(contentType: string | undefined): Protocol | undefined {
  const type = contentType?.replace(/;.*/, "").trim().toLowerCase();
  return type === json.contentType ? json : type === cbor.contentType ? cbor : undefined;
}

const cbor: Protocol = {
  contentType: "application/x-amz-cbor-1.1",
  parse: (body) => services.parsed(() => decodeCbor(body)),
  shortcut: () => undefined,
  readers: {
    blob(value) {
      if (value instanceof Uint8Array) return value;
      throw cannotBe(value, "a Blob");
    },
    timestamp: (ms) => ms,
  },
  writePage: cborPage,
  write: (output) => Buffer.from(encodeCbor(services.written(output, asIs, inMilliseconds))),
};

const asIs = (bytes: Uint8Array) => bytes;
const inMilliseconds = (time: number) => time;
