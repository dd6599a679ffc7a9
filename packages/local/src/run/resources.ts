/** What the template declares, made in the services of this machine. */
import type { Template } from "../template/types.ts";
import { put } from "./call-service.ts";
import { createQueues } from "./queues.ts";
import type { Services } from "./services.ts";
import { createStreams } from "./streams.ts";
import { createTables } from "./tables.ts";
import { createTopics } from "./topics.ts";

/** Makes what is not there yet. `onNote` is told in a sentence what a person should know of it. */
export async function createResources(
  { kinesis, endpoints }: Services,
  template: Template,
  onNote: (text: string) => void,
): Promise<void> {
  const { dynamodb, sqs, sns, s3 } = endpoints;
  const { tables, queues, topics, buckets } = template;
  if (kinesis) createStreams(kinesis, template);
  if (dynamodb) await createTables(dynamodb, tables);
  if (sqs) await createQueues(sqs, queues, onNote);
  if (sns) await createTopics(sns, topics, queues, onNote);
  if (s3) await Promise.all(buckets.map(({ name }) => put(`${s3}/${name}`)));
}
