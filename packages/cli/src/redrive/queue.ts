/** Parked records and failure documents in a queue. */
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import type { Found, Hold, Source } from "./found.ts";
import { foundJson } from "./json.ts";

/** As long as a redrive may have an item, and no longer than SQS lets a message be taken. */
const takenForSeconds = 16 * 60;

/**
 * All messages are taken before the first comes back: what was given back would be received again.
 * `note` hears of messages that are neither.
 */
export async function queueSource(
  client: SQSClient,
  queueUrl: string,
  limit: number,
  waitSeconds: number,
  note: (text: string) => void,
): Promise<Source> {
  const { ReceiveMessageCommand, DeleteMessageCommand, ChangeMessageVisibilityCommand } =
    await import("@aws-sdk/client-sqs");
  const name = queueUrl.slice(queueUrl.lastIndexOf("/") + 1);
  const holdOf = ({ ReceiptHandle }: Message): Hold => ({
    where: `queue ${name}`,
    confirm: async () => {},
    // To receive it was to take it.
    take: async () => true,
    async finish() {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      return true;
    },
    async giveBack() {
      await client.send(
        new ChangeMessageVisibilityCommand({
          ...{ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 },
        }),
      );
    },
  });
  return {
    async *find() {
      const foreign: Message[] = [];
      const found: Found[] = [];
      while (found.length < limit) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: Math.min(10, limit - found.length),
            VisibilityTimeout: takenForSeconds,
            WaitTimeSeconds: waitSeconds,
          }),
        );
        if (Messages.length === 0) break;
        for (const message of Messages) {
          const where = `message ${message.MessageId}`;
          const hold = holdOf(message);
          try {
            const one = foundJson(message.Body ?? "", where, hold);
            if (one) found.push(one);
            else foreign.push(message);
          } catch (error) {
            found.push({ kind: "unreadable", what: (error as Error).message, hold });
          }
        }
      }
      for (const message of foreign) {
        note(`message ${message.MessageId} is neither a parked record nor a failure document.`);
        await holdOf(message).giveBack();
      }
      yield* found;
    },
    close: () => client.destroy(),
  };
}
