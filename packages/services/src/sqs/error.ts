/** What SQS answers when it refuses: AWS's code and AWS's text. */

/** By the name in the JSON protocol: the code in the query protocol, where it is another. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
  UnsupportedOperation: "AWS.SimpleQueueService.UnsupportedOperation",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
};

/**
 * A refusal with the code and the text that AWS would give.
 *
 * @example
 * try { sqs.queue("nothing") }
 * catch (error) { error instanceof SqsError && error.code } // "QueueDoesNotExist"
 */
export class SqsError extends Error {
  /** AWS's code, such as `QueueDoesNotExist`. Also the `name` of the error. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }

  /** The code that the query protocol has for it. */
  get queryCode(): string {
    return queryCodes[this.code] ?? this.code;
  }
}

export const invalidParameter = (message: string) =>
  new SqsError("InvalidParameterValueException", message);

/** A parameter that is out of bounds, in AWS's words. */
export const invalidValue = (value: unknown, parameter: string, reason: string) =>
  invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);

export const missingParameter = (name: string) =>
  new SqsError(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${name}.`,
  );

export const queueDoesNotExist = () =>
  new SqsError("QueueDoesNotExist", "The specified queue does not exist.");

/** For what AWS does and this machine does not, by name. */
export const notHere = (what: string) =>
  new SqsError("UnsupportedOperation", `The SQS of this machine does not have ${what}.`);
