/** What Kinesis answers when it refuses: AWS's code and AWS's text. */

/**
 * A refusal with the code and the text that AWS would give.
 *
 * @example
 * try { kinesis.describeStream({ stream: "nothing" }) }
 * catch (error) { error instanceof KinesisError && error.code } // "ResourceNotFoundException"
 */
export class KinesisError extends Error {
  /** AWS's code, such as `ResourceNotFoundException`. Also the `name` of the error. */
  readonly code: KinesisErrorCode;

  constructor(code: KinesisErrorCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}

/** The codes of Kinesis's errors. */
export type KinesisErrorCode =
  | "AccessDeniedException"
  | "DryRunOperationException"
  | "ExpiredIteratorException"
  | "ExpiredNextTokenException"
  | "InternalFailureException"
  | "InvalidArgumentException"
  | "LimitExceededException"
  | "ProvisionedThroughputExceededException"
  | "ResourceInUseException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "ValidationException";

export const invalidArgument = (message: string) =>
  new KinesisError("InvalidArgumentException", message);

export const limitExceeded = (message: string) =>
  new KinesisError("LimitExceededException", message);

export const resourceInUse = (message: string) =>
  new KinesisError("ResourceInUseException", message);

/** The answer to a request that was made with `DryRun`, and would have succeeded. */
export const dryRunDone = () =>
  new KinesisError(
    "DryRunOperationException",
    "The request was rejected because the DryRun parameter was specified.",
  );

export const notFound = (message: string) => new KinesisError("ResourceNotFoundException", message);
