/** SQS in this process, and as a server. */
export type { QueueAttributes } from "./attributes.ts";
export { SqsError } from "./error.ts";
export type {
  MessageAttribute,
  MessageAttributes,
  NewMessage,
  ReceivedMessage,
  SentMessage,
} from "./message.ts";
export type { Queue, ReceiveOptions } from "./queue.ts";
export { type SqsServerOptions, serveSqs } from "./server.ts";
export { createSqs, type Sqs, type SqsOptions } from "./sqs.ts";
