import { SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { createSqs, type SqsOptions, serveSqs } from "../../../packages/services/src/sqs/index.ts";

export const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Queues, their server, and a client of it with default settings. */
export async function served(options: SqsOptions = {}) {
  const sqs = createSqs(options);
  const server = await serveSqs({ sqs });
  const client = new SQSClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return { sqs, server, client };
}
