/** The actions on up to ten messages: each entry succeeds or fails by itself. */
import { SqsError } from "../error.ts";
import { sizeOf } from "../message.ts";
import type { Queue } from "../queue.ts";
import { type Action, type Output, queueOf } from "./action.ts";
import { type Input, listOfObjects, optionalText, requiredInteger, requiredText } from "./input.ts";
import { newMessage, sentOutput } from "./messages.ts";

const longestBatch = 1_048_576;

export const sendMessageBatch: Action = (input, call) => {
  const queue = queueOf(input, call);
  const entries = entriesOf(input, "SendMessageBatchRequestEntry");
  const size = entries.reduce((sum, entry) => sum + sizeOf(newMessage(entry)), 0);
  if (size > longestBatch) {
    throw new SqsError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${longestBatch} bytes. You have sent ${size} bytes.`,
    );
  }
  return batch(entries, (entry) => sentOutput(queue.send(newMessage(entry))));
};

export const deleteMessageBatch: Action = (input, call) =>
  forEach(input, call, "DeleteMessageBatchRequestEntry", (queue, entry) =>
    queue.delete(requiredText(entry, "ReceiptHandle")),
  );

export const changeMessageVisibilityBatch: Action = (input, call) =>
  forEach(input, call, "ChangeMessageVisibilityBatchRequestEntry", (queue, entry) =>
    queue.changeVisibility(
      requiredText(entry, "ReceiptHandle"),
      requiredInteger(entry, "VisibilityTimeout"),
    ),
  );

function forEach(
  input: Input,
  call: Parameters<Action>[1],
  kind: string,
  perform: (queue: Queue, entry: Input) => void,
): Output {
  const queue = queueOf(input, call);
  return batch(entriesOf(input, kind), (entry) => {
    perform(queue, entry);
    return {};
  });
}

function batch(entries: readonly Input[], perform: (entry: Input) => Output): Output {
  const Successful: Output[] = [];
  const Failed: Output[] = [];
  for (const entry of entries) {
    const Id = entry.Id;
    try {
      Successful.push({ Id, ...perform(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.queryCode, Message: error.message });
    }
  }
  return { Successful, ...(Failed.length > 0 && { Failed }) };
}

/** Throws for a batch that is none. */
function entriesOf(input: Input, kind: string): readonly Input[] {
  const entries = listOfObjects(input, "Entries");
  if (entries.length === 0) {
    throw new SqsError("EmptyBatchRequest", `There should be at least one ${kind} in the request.`);
  }
  if (entries.length > 10) {
    throw new SqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const entry of entries) {
    const id = optionalText(entry, "Id") ?? "";
    if (!/^[\w-]{1,80}$/.test(id)) {
      throw new SqsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
    if (ids.has(id)) throw new SqsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
    ids.add(id);
  }
  return entries;
}
