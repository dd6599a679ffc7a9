/** What SNS answers when it refuses: AWS's code and the HTTP status. */

export class SnsError extends Error {
  /** AWS's code, such as `NotFound`. Also the `name` of the error. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export const invalidParameter = (message: string) =>
  new SnsError("InvalidParameter", `Invalid parameter: ${message}`);

export const notFound = (what: "Topic" | "Subscription") =>
  new SnsError("NotFound", `${what} does not exist`, 404);

/** For what AWS does and this machine does not, by name. */
export const notHere = (what: string) =>
  new SnsError("InvalidAction", `The SNS of this machine does not have ${what}.`);
