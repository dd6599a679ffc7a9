/** What SQS can be asked for. */
import { notHere } from "../error.ts";
import type { Action, Call, Output } from "./action.ts";
import { changeMessageVisibilityBatch, deleteMessageBatch, sendMessageBatch } from "./batches.ts";
import type { Input } from "./input.ts";
import { changeMessageVisibility, deleteMessage, receiveMessage, sendMessage } from "./messages.ts";
import * as queues from "./queues.ts";

const actions = new Map<string, Action>(
  Object.entries({
    ChangeMessageVisibility: changeMessageVisibility,
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
    CreateQueue: queues.createQueue,
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    DeleteQueue: queues.deleteQueue,
    GetQueueAttributes: queues.getQueueAttributes,
    GetQueueUrl: queues.getQueueUrl,
    ListDeadLetterSourceQueues: queues.listDeadLetterSourceQueues,
    ListQueues: queues.listQueues,
    ListQueueTags: queues.listQueueTags,
    PurgeQueue: queues.purgeQueue,
    ReceiveMessage: receiveMessage,
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
    SetQueueAttributes: queues.setQueueAttributes,
    TagQueue: queues.tagQueue,
    UntagQueue: queues.untagQueue,
  }),
);

/** Throws UnsupportedOperation, by name, for an action that is not here. */
export async function perform(action: string, input: Input, call: Call): Promise<Output> {
  const found = actions.get(action);
  if (!found)
    throw notHere(action === "" ? "a request that names no action" : `the action ${action}`);
  return found(input, call);
}

export type { Call, Input, Output };
