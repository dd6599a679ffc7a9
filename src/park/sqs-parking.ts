import { createHash } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { parkedJson } from "./parked-json.ts";
import { type Parking, parking } from "./parking.ts";
import { type PayloadStore, storedPayload } from "./payload.ts";

export interface SqsParkingOptions {
  readonly queueUrl: string | undefined;
  /** Takes payloads that do not fit into a message. @default none: such a record is parked as a pointer, with a warning */
  readonly overflow?: PayloadStore;
  /** Your own client. @default one from the environment */
  readonly client?: Pick<SQSClient, "send">;
}

/** A message takes 256 KiB in every region; base64 makes four bytes of three, and the rest stands beside it. */
const largestPayload = 180 * 1024;

/**
 * Sends each parked record to a queue, as JSON with the payload in base64. A queue cannot be
 * asked what is in it: a record that is parked twice is two messages with one `id` (a FIFO queue drops
 * the second within five minutes), and nothing confirms a message, so whoever takes it should look
 * into the log first. The role needs sqs:SendMessage.
 *
 * @example
 * kinesisConsumer({ consumer: "billing", progress, park: sqsParking({ queueUrl: process.env.PARKED_URL }), maxAttempts: 5, process });
 */
export function sqsParking({ queueUrl, overflow, client }: SqsParkingOptions): Parking {
  if (!queueUrl) {
    throw new Error(
      "sqsParking: no queueUrl. If it comes from an environment variable, set that on the function.",
    );
  }
  const sqs = client ?? new SQSClient({});
  return parking({
    location: queueUrl,
    async park(parked) {
      const { payload, warning } = await storedPayload(parked, largestPayload, overflow);
      const body = parkedJson(parked, "data" in payload ? {} : { data: undefined, ...payload });
      const fifo = {
        MessageGroupId: createHash("sha256").update(parked.partitionKey).digest("hex"),
        MessageDeduplicationId: createHash("sha256").update(parked.id).digest("hex"),
      };
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(body),
          ...(queueUrl.endsWith(".fifo") ? fifo : {}),
        }),
      );
      return warning;
    },
    async confirm() {
      // A message that was sent cannot be changed.
    },
  });
}
