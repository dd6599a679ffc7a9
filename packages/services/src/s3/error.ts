/** What S3 answers when it refuses: AWS's code, AWS's text and the HTTP status. */

export class S3Error extends Error {
  /** AWS's code, such as `NoSuchKey`. Also the `name` of the error. */
  readonly code: string;
  readonly status: number;
  /** What else stands in the answer: `{ Key: "a" }`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export const noSuchBucket = (BucketName: string) =>
  new S3Error(404, "NoSuchBucket", "The specified bucket does not exist", { BucketName });

export const noSuchKey = (Key: string) =>
  new S3Error(404, "NoSuchKey", "The specified key does not exist.", { Key });

export const noSuchUpload = (UploadId: string) =>
  new S3Error(
    404,
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { UploadId },
  );

export const preconditionFailed = (Condition: string) =>
  new S3Error(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    { Condition },
  );

export const invalidArgument = (ArgumentName: string, ArgumentValue: string, message: string) =>
  new S3Error(400, "InvalidArgument", message, { ArgumentName, ArgumentValue });

export const malformedXml = (message = "") =>
  new S3Error(
    400,
    "MalformedXML",
    `The XML you provided was not well-formed or did not validate against our published schema${message && `: ${message}`}`,
  );

/** For what AWS does and this machine does not, by name. */
export const notImplemented = (what: string) =>
  new S3Error(501, "NotImplemented", `The S3 of this machine does not have ${what}.`);
