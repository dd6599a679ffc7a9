/** OpenSearch, OpenSearch Serverless and Elasticsearch as destinations. */
import { indexRotations, rotatedIndex } from "../../../../../src/wire/index-rotation.ts";
import { indexMistake } from "../../../../../src/wire/opensearch-bulk.ts";
import { readHints } from "./hints.ts";
import type { OpensearchPlan } from "./plan.ts";
import type { Properties } from "./property.ts";
import { readRetries } from "./retries.ts";

const ofAll = [
  "RoleARN",
  "IndexName",
  "BufferingHints",
  "RetryOptions",
  "S3BackupMode",
  "S3Configuration",
  "ProcessingConfiguration",
  "VpcConfiguration",
  "CloudWatchLoggingOptions",
];
const ofDomains = [
  "DomainARN",
  "ClusterEndpoint",
  "TypeName",
  "IndexRotationPeriod",
  "DocumentIdOptions",
];

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_AmazonopensearchserviceDestinationConfiguration.html */
export function readOpensearch(
  own: Properties,
  { serverless, warnings }: { readonly serverless: boolean; readonly warnings: string[] },
): OpensearchPlan {
  own.only(serverless ? [...ofAll, "CollectionEndpoint"] : [...ofAll, ...ofDomains]);
  const rotation = serverless
    ? "NoRotation"
    : own.oneOf("IndexRotationPeriod", indexRotations, "OneDay");
  const typeName = own.text("TypeName") || undefined;
  if (typeName !== undefined) {
    warnings.push(
      `${own.path}.TypeName: documents are sent without a type, as OpenSearch wants them.`,
    );
  }
  return {
    kind: "opensearch",
    serverless,
    endpoint: readEndpoint(own, serverless),
    index: readIndex(own, rotation),
    rotation,
    typeName,
    hasIds: readIds(own),
    hints: readHints(own, { leastMiB: 1, mostMiB: 100, defaultMiB: 5 }),
    retryFor: readRetries(own),
  };
}

/** Undefined: a domain's ARN does not say where the domain is. */
function readEndpoint(own: Properties, serverless: boolean): string | undefined {
  const name = serverless ? "CollectionEndpoint" : "ClusterEndpoint";
  const endpoint = own.text(name);
  if (endpoint === undefined) {
    if (serverless || own.text("DomainARN")) return undefined;
    throw own.refusal("DomainARN", "is missing, and there is no ClusterEndpoint in its place.");
  }
  if (own.has("DomainARN")) {
    throw own.refusal("ClusterEndpoint", "stands beside a DomainARN, and only one of them may.");
  }
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw own.refusal(name, `is "${endpoint}", and must be an https URL.`);
  }
  return endpoint;
}

function readIndex(own: Properties, rotation: OpensearchPlan["rotation"]): string {
  const index = own.required("IndexName");
  const mistake = indexMistake(rotatedIndex(index, rotation, 0));
  if (mistake) throw own.refusal("IndexName", `is "${index}", and ${mistake}.`);
  return index;
}

function readIds(own: Properties): boolean {
  const ids = own.object("DocumentIdOptions");
  if (!ids) return true;
  ids.only(["DefaultDocumentIdFormat"]);
  const formats = ["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"] as const;
  return ids.oneOf("DefaultDocumentIdFormat", formats, "FIREHOSE_DEFAULT") === "FIREHOSE_DEFAULT";
}
