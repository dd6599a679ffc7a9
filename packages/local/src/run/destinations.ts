/** Takes the documents about discarded batches where the mapping's settings say. */
import {
  type FailureDestination,
  type FailureDocument,
  s3ContentType,
} from "../lambda/mapping/index.ts";
import { callService, form, put, sqsProtocol } from "./call-service.ts";
import type { pipeDocument } from "./pipe.ts";
import type { Endpoints, LocalService } from "./variables.ts";

type PipeDocument = ReturnType<typeof pipeDocument>;

/** Rejects when the document did not arrive. */
export type Deliver = (
  document: FailureDocument | PipeDocument,
  to: FailureDestination,
) => Promise<void>;

/** Delivers to the queues, topics and buckets of this machine, and nowhere else. */
export function destinationsOf(endpoints: Endpoints): Deliver {
  const endpointOf = (service: LocalService, arn: string): string => {
    const endpoint = endpoints[service];
    if (endpoint) return endpoint;
    throw new Error(`${service} does not run here, and ${arn} is its`);
  };

  return async (document, { type, arn = "", key }) => {
    const endpoint = endpointOf(type, arn);
    const text = JSON.stringify(document);
    const name = arn.split(":").at(-1)!;
    if (type === "sqs") {
      const QueueUrl = `${endpoint}/${arn.split(":")[4]}/${name}`;
      await callService(endpoint, sqsProtocol, "SendMessage", { QueueUrl, MessageBody: text });
    } else if (type === "sns")
      await form(endpoint, "sns", "Publish", { TopicArn: arn, Message: text });
    else await put(`${endpoint}/${name}/${key}`, text, { "content-type": s3ContentType });
  };
}
