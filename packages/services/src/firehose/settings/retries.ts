/** RetryOptions, as every destination but S3 has them. */
import type { Properties } from "./property.ts";

/** In milliseconds. https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointRetryOptions.html */
export function readRetries(own: Properties, defaultSeconds = 300): number {
  const retries = own.object("RetryOptions");
  retries?.only(["DurationInSeconds"]);
  const duration = { least: 0, most: 7200, fallback: defaultSeconds };
  return (retries?.number("DurationInSeconds", duration) ?? defaultSeconds) * 1000;
}
