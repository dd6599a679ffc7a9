/** The simulator of Kinesis Data Streams: its core, without a network. */

export {
  decodeSequenceNumber,
  type SequenceNumberParts,
} from "../../../../src/record/sequence-number.ts";
export { KinesisError, type KinesisErrorCode } from "./error.ts";
export { createKinesis } from "./kinesis.ts";
export { encodeSequenceNumber } from "./sequence-number.ts";
export type * from "./types.ts";
