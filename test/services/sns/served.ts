import { SNSClient } from "@aws-sdk/client-sns";
import { onTestFinished } from "vitest";
import { createSns, serveSns, type Undelivered } from "../../../packages/services/src/sns/index.ts";
import { createSqs } from "../../../packages/services/src/sqs/index.ts";
import { handClock } from "../sqs/hand-clock.ts";

/** Topics, the queues that they publish to, their server, and a client of it with default settings. */
export async function served() {
  const clock = handClock();
  const sqs = createSqs({ clock });
  const undelivered: Undelivered[] = [];
  const sns = createSns({ sqs, clock, onUndelivered: (one) => undelivered.push(one) });
  const server = await serveSns({ sns });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new SNSClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  const received = async (queue: string) =>
    (await sqs.queue(queue).receive({ maxMessages: 10, visibilityTimeout: 0 })).map(
      ({ body, attributes, groupId }) => ({ body, attributes, groupId }),
    );
  return { clock, sqs, sns, server, client, undelivered, received };
}
