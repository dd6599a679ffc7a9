/** What Lambda's API answers when it refuses a mapping: AWS's code and, where it is known, AWS's text. */

/**
 * A refusal with the code and the text that AWS would give.
 *
 * @example
 * try { validateSettings({ batchSize: 0 }) }
 * catch (error) { error instanceof MappingError && error.statusCode } // 400
 */
export class MappingError extends Error {
  /** AWS's code. Also the `name` of the error. */
  readonly code: MappingErrorCode;
  /** Of the HTTP answer. */
  readonly statusCode: 400 | 404 | 409;

  constructor(code: MappingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.statusCode = statusCodes[code];
  }
}

/** The codes of Lambda's errors that concern mappings. */
export type MappingErrorCode =
  | "InvalidParameterValueException"
  | "ResourceConflictException"
  | "ResourceNotFoundException"
  | "ValidationException";

const statusCodes = {
  InvalidParameterValueException: 400,
  ValidationException: 400,
  ResourceNotFoundException: 404,
  ResourceConflictException: 409,
} as const;

export const invalidParameter = (message: string, cause?: unknown) =>
  new MappingError("InvalidParameterValueException", message, cause === undefined ? {} : { cause });

/** What the API's model refuses, before Lambda has looked at it. */
export const invalidByModel = (message: string) => new MappingError("ValidationException", message);

/** What a person needs to read: AWS's text does not say what is wrong with a filter, its cause does. */
export function whyRefused(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} ${cause.message}` : message;
}

export const notFound = () =>
  new MappingError("ResourceNotFoundException", "The resource you requested does not exist.");
