/** The protocols of Kinesis: JSON 1.1 and CBOR 1.1. */
import { json, type Protocol, parsed, written } from "../../../../services/src/protocol/json.ts";
import { cannotBe } from "../../../../services/src/protocol/read-input.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";

/** The protocol of a content type; undefined when it is of neither. */
export function protocolOf(contentType: string | undefined): Protocol | undefined {
  const type = contentType?.replace(/;.*/, "").trim().toLowerCase();
  return type === json.contentType ? json : type === cbor.contentType ? cbor : undefined;
}

const cbor: Protocol = {
  contentType: "application/x-amz-cbor-1.1",
  parse: (body) => parsed(() => decodeCbor(body)),
  readers: {
    blob(value) {
      if (value instanceof Uint8Array) return value;
      throw cannotBe(value, "a Blob");
    },
    timestamp: (ms) => ms,
  },
  write: (output) => Buffer.from(encodeCbor(written(output, asIs, inMilliseconds))),
};

const asIs = (bytes: Uint8Array) => bytes;
const inMilliseconds = (time: number) => time;
