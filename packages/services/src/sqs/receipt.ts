/** Receipt handles: which message of which queue, and which time it was received. */
import { SqsError } from "./error.ts";
import type { Message } from "./message.ts";

export const receiptHandle = (queue: string, { messageId, receiveCount }: Message): string =>
  Buffer.from(`${queue}/${messageId}/${receiveCount}`).toString("base64");

/** Throws ReceiptHandleIsInvalid for what this queue has not given. */
export function receiptOf(
  queue: string,
  handle: string,
): { readonly messageId: string; readonly receiveCount: number } {
  const given = Buffer.from(handle, "base64").toString().split("/");
  const [name, messageId, receiveCount] = given;
  if (name !== queue || !messageId || !/^\d+$/.test(receiveCount ?? "") || given.length > 3) {
    throw new SqsError(
      "ReceiptHandleIsInvalid",
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  }
  return { messageId, receiveCount: Number(receiveCount) };
}
