/** The template's queues, in an SQS of this machine. */
import type { TemplateQueue } from "../template/types.ts";
import { callService, sqsProtocol } from "./call-service.ts";

/** Creates the queues: those that are another's dead letters first. */
export async function createQueues(
  endpoint: string,
  queues: readonly TemplateQueue[],
  onNote: (text: string) => void,
): Promise<void> {
  const isHere = (arn: unknown) => queues.some((queue) => queue.arn === arn);
  for (const { name, attributes, place } of deadLettersFirst(queues)) {
    const { RedrivePolicy: _, ...others } = attributes;
    const target = deadLetterTarget(attributes);
    if (target !== undefined && !isHere(target)) {
      onNote(
        `Queue ${name} has its dead letters in ${target}, which is not in the template: they stay where they are.`,
      );
    }
    const Attributes = isHere(target) ? attributes : others;
    try {
      await callService(endpoint, sqsProtocol, "CreateQueue", { QueueName: name, Attributes });
    } catch (error) {
      const where = `${place.file}${place.line ? `:${place.line}` : ""}`;
      const { message } = error as Error;
      throw new Error(`Queue ${name} (${where}) cannot be created: ${message}`, { cause: error });
    }
  }
}

function deadLettersFirst(queues: readonly TemplateQueue[]): TemplateQueue[] {
  const sorted = new Set<TemplateQueue>();
  const add = (queue: TemplateQueue, below: ReadonlySet<TemplateQueue>) => {
    const target = deadLetterTarget(queue.attributes);
    const letters = queues.find(({ arn }) => arn === target);
    if (letters && !below.has(letters)) add(letters, new Set([...below, queue]));
    sorted.add(queue);
  };
  for (const queue of queues) add(queue, new Set([queue]));
  return [...sorted];
}

function deadLetterTarget({ RedrivePolicy }: TemplateQueue["attributes"]): string | undefined {
  return RedrivePolicy === undefined ? undefined : JSON.parse(RedrivePolicy).deadLetterTargetArn;
}
