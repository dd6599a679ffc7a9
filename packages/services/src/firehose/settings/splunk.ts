/** Splunk's HTTP Event Collector as a destination. */
import { readHints } from "./hints.ts";
import type { SplunkPlan } from "./plan.ts";
import type { Properties } from "./property.ts";
import { readRetries } from "./retries.ts";
import { readSecret } from "./secret.ts";

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html */
export function readSplunk(own: Properties): SplunkPlan {
  own.only([
    "HECEndpoint",
    "HECEndpointType",
    "HECToken",
    "HECAcknowledgmentTimeoutInSeconds",
    "BufferingHints",
    "RetryOptions",
    "S3BackupMode",
    "S3Configuration",
    "ProcessingConfiguration",
    "CloudWatchLoggingOptions",
    "SecretsManagerConfiguration",
  ]);
  const endpoint = own.required("HECEndpoint");
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw own.refusal("HECEndpoint", `is "${endpoint}", and must be an https URL.`);
  }
  const token = own.text("HECToken") || undefined;
  if (!readSecret(own).enabled && token === undefined) {
    throw own.refusal("HECToken", "is missing, and no SecretsManagerConfiguration is enabled.");
  }
  if (!own.has("HECEndpointType")) throw own.refusal("HECEndpointType", "is missing.");
  const timeout = { least: 180, most: 600, fallback: 180 };
  return {
    kind: "splunk",
    endpoint,
    endpointType: own.oneOf("HECEndpointType", ["Raw", "Event"], "Event"),
    token,
    ackTimeout: own.number("HECAcknowledgmentTimeoutInSeconds", timeout) * 1000,
    hints: readHints(own, { leastMiB: 1, mostMiB: 5, defaultMiB: 5, mostSeconds: 60 }),
    retryFor: readRetries(own),
  };
}
