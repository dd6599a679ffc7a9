/** An HTTP endpoint as a destination. */
import { firehoseHttpLimits as limits } from "../../../../../src/wire/firehose-http.ts";
import { readHints } from "./hints.ts";
import type { HttpPlan } from "./plan.ts";
import type { Properties } from "./property.ts";
import { readRetries } from "./retries.ts";
import { readSecret } from "./secret.ts";

export function readHttp(own: Properties): HttpPlan {
  own.only([
    "EndpointConfiguration",
    "BufferingHints",
    "RequestConfiguration",
    "RetryOptions",
    "S3BackupMode",
    "S3Configuration",
    "ProcessingConfiguration",
    "RoleARN",
    "CloudWatchLoggingOptions",
    "SecretsManagerConfiguration",
  ]);
  const endpoint = own.object("EndpointConfiguration");
  if (!endpoint) throw own.refusal("EndpointConfiguration", "is missing.");
  endpoint.only(["Url", "Name", "AccessKey"]);
  const accessKey = endpoint.text("AccessKey");
  if (accessKey !== undefined && Buffer.byteLength(accessKey) > limits.accessKeyBytes) {
    throw endpoint.refusal("AccessKey", "has more than 4096 bytes.");
  }
  readSecret(own);
  const hints = readHints(own, { leastMiB: 1, mostMiB: 64, defaultMiB: 5 });
  return {
    kind: "http",
    url: readUrl(endpoint),
    accessKey,
    ...readRequest(own),
    hints: { ...hints, records: limits.records },
    retryFor: readRetries(own),
  };
}

function readUrl(endpoint: Properties): string {
  const url = endpoint.required("Url");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw endpoint.refusal("Url", `is "${url}", and must be an https URL.`);
  }
  return url;
}

function readRequest(own: Properties): Pick<HttpPlan, "gzip" | "attributes"> {
  const request = own.object("RequestConfiguration");
  if (!request) return { gzip: false, attributes: {} };
  request.only(["ContentEncoding", "CommonAttributes"]);
  const attributes = request.objects("CommonAttributes");
  if (attributes.length > limits.attributes)
    throw request.refusal("CommonAttributes", "has more than 50 items.");
  const entries = attributes.map((attribute) => {
    attribute.only(["AttributeName", "AttributeValue"]);
    const name = attribute.required("AttributeName");
    const value = attribute.text("AttributeValue") ?? "";
    if (name.length > limits.attributeName)
      throw attribute.refusal("AttributeName", "has more than 256 characters.");
    if (value.length > limits.attributeValue) {
      throw attribute.refusal("AttributeValue", "has more than 1024 characters.");
    }
    return [name, value] as const;
  });
  return {
    gzip: request.oneOf("ContentEncoding", ["NONE", "GZIP"], "NONE") === "GZIP",
    attributes: Object.fromEntries(entries),
  };
}
