/** What Firehose answers when it refuses: AWS's code and, where it is known, AWS's text. */

/**
 * A refusal with the code and the text that AWS would give.
 *
 * @example
 * try { stream.put(new Uint8Array(2_000_000)) }
 * catch (error) { error instanceof FirehoseError && error.code } // "InvalidArgumentException"
 */
export class FirehoseError extends Error {
  /** AWS's code. Also the `name` of the error. */
  readonly code: FirehoseErrorCode;

  constructor(code: FirehoseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** The codes of Firehose's errors. */
export type FirehoseErrorCode =
  | "InvalidArgumentException"
  | "LimitExceededException"
  | "ResourceInUseException"
  | "ResourceNotFoundException"
  | "ServiceUnavailableException";

export const invalidArgument = (message: string, cause?: unknown) =>
  new FirehoseError("InvalidArgumentException", message, cause === undefined ? {} : { cause });

export const streamNotFound = (name: string, accountId: string) =>
  new FirehoseError(
    "ResourceNotFoundException",
    `Firehose ${name} under account ${accountId} not found.`,
  );
