/** Errors as the SDK throws them. */
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  InternalServerError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./value.ts";

const refused = { $metadata: { httpStatusCode: 400, attempts: 1, totalRetryDelay: 0 } };

export function invalid(message: string): Error {
  return new DynamoDBServiceException({
    ...refused,
    name: "ValidationException",
    $fault: "client",
    message,
  });
}

export function conditionFailed(item: Item | undefined): ConditionalCheckFailedException {
  const message = "The conditional request failed";
  return new ConditionalCheckFailedException({ ...refused, message, ...(item && { Item: item }) });
}

export function cancelled(reasons: CancellationReason[]): Error {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new TransactionCanceledException({
    ...refused,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

export function conflict(): Error {
  return new TransactionConflictException({
    ...refused,
    message: "Transaction is ongoing for the item",
  });
}

export function tokenReused(): Error {
  return new IdempotentParameterMismatchException({ ...refused, message: "" });
}

export function noTable(name: string): Error {
  return new ResourceNotFoundException({
    ...refused,
    message: `Requested resource not found: Table: ${name} not found`,
  });
}

export function throttled(): Error {
  return new ProvisionedThroughputExceededException({
    ...refused,
    message: "The level of configured provisioned throughput for the table was exceeded.",
  });
}

export function broken(): Error {
  return new InternalServerError({
    $metadata: { httpStatusCode: 500, attempts: 1, totalRetryDelay: 0 },
    message: "Internal server error",
  });
}

/** What the HTTP client throws when no reply comes: the request may or may not have been performed. */
export function timedOut(afterMs: number): Error {
  const error = new Error(`Connection timed out after ${afterMs} ms`);
  error.name = "TimeoutError";
  return error;
}

export function aborted(): Error {
  const error = new Error("Request aborted");
  error.name = "AbortError";
  return error;
}
