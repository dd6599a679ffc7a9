import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenText } from "../aws/given.ts";
import { sqsLimits } from "../aws/store-limits.ts";
import { hash } from "../kpl/hash.ts";
import { atPlace } from "../observe/at-place.ts";
import { type Fields, sendFittingForm } from "./forms.ts";
import { parkedJson } from "./parked-json.ts";
import type { ParkingStore } from "./parking.ts";
import { givenOverflow, type PayloadStore } from "./payload.ts";

/** What `sqsParking` takes. A missing URL is refused when it is called. */
export interface SqsParkingOptions {
  readonly queueUrl: string | undefined;
  /** Takes payloads that do not fit into a message. @default none: such a record is parked as a pointer, with a warning */
  readonly overflow?: PayloadStore;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/** Parked records: see `sqsParking`. */
export function sqsParkedItems(options: SqsParkingOptions): ParkingStore {
  const queueUrl = givenText(options.queueUrl, "queueUrl", "sqsParking");
  const overflow = givenOverflow(options.overflow, "sqsParking");
  const sqs = givenClient(options.client, "sqsParking: client", "SQSClient") ?? new SQSClient({});
  return {
    location: queueUrl,
    park(parked) {
      let last: { readonly fields: Fields; readonly body: string } | undefined;
      /** A form is measured, and then sent. */
      const bodyFor = (fields: Fields) => {
        if (last?.fields !== fields) last = { fields, body: bodyOf(fields) };
        return last.body;
      };
      const fifo = {
        MessageGroupId: hash("sha256", parked.partitionKey),
        // Not where the log has moved on: what was sent first may be redriven by then, and gone.
        MessageDeduplicationId: hash("sha256", `${parked.id} ${parked.logEntry}`),
      };
      return sendFittingForm(parked, {
        overflow,
        most: sqsLimits.message,
        sizeOf: (fields) => Buffer.byteLength(bodyFor(fields)),
        async send(fields) {
          const message = new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: bodyFor(fields),
            ...(queueUrl.endsWith(".fifo") ? fifo : {}),
          });
          try {
            await sqs.send(message);
          } catch (error) {
            throw atPlace(error, `sqsParking: ${queueUrl}`);
          }
        },
        mostIn,
      });
    },
    async confirm() {
      // A message that was sent cannot be changed.
    },
  };
}

/** SQS refuses these two, even where the text that they stand in is JSON; halves of surrogate pairs are escaped already. */
const bodyOf = (fields: Fields): string =>
  JSON.stringify(parkedJson(fields)).replace(
    /[\uFFFE\uFFFF]/g,
    (refused) => `\\u${refused.charCodeAt(0).toString(16)}`,
  );

/** What a queue takes at the most, as it says when it refuses a message for its size or its characters. */
function mostIn(error: unknown): number | undefined {
  const { name, message } = error as Error;
  const most = /shorter than (\d+) bytes/.exec(message)?.[1];
  if (most !== undefined) return Number(most);
  return /InvalidMessageContents|TooLong|TooLarge/.test(name) ? sqsLimits.message : undefined;
}
