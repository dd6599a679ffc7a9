/** Where documents about batches go that were given up. */
import type { FailureDocument } from "./failure-document.ts";

/** Where a failure document goes. */
export interface FailureDestination {
  readonly type: "sqs" | "sns" | "s3";
  /** The ARN in the settings; undefined when there is none and `onFailure` alone was given. */
  readonly arn: string | undefined;
  /** The key of the object. Only of a bucket. */
  readonly key?: string;
}

/** Takes a document to its destination. A rejection means that it did not arrive. */
export type OnFailure = (document: FailureDocument, destination: FailureDestination) => unknown;
