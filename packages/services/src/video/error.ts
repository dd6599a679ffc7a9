/** What Kinesis Video Streams answers when it refuses: AWS's code and the HTTP status. */

export class VideoError extends Error {
  /** AWS's code, such as `ResourceNotFoundException`. Also the `name` of the error. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export const invalidArgument = (message: string) =>
  new VideoError("InvalidArgumentException", message);

export const noStream = (name: string, stream: string) =>
  new VideoError(
    "ResourceNotFoundException",
    `The requested stream is not found or not active: ${name}. Here is ${stream} alone.`,
    404,
  );
