/** From the properties of a delivery stream to a plan; refused is what Firehose refuses, and what is not run here. */
import { invalidArgument } from "../error.ts";
import type { DeliveryStreamSettings } from "./cloudformation.ts";
import { readHttp } from "./http.ts";
import { readOpensearch } from "./opensearch.ts";
import type { DeliveryPlan, HttpPlan, OpensearchPlan, S3Plan, SplunkPlan } from "./plan.ts";
import { noProcessing, readProcessing } from "./processing.ts";
import { type Properties, properties } from "./property.ts";
import { readRedshift } from "./redshift.ts";
import { readS3 } from "./s3.ts";
import { readSplunk } from "./splunk.ts";

/** Other destinations, by their property. */
const notRun: Readonly<Record<string, string>> = {
  SnowflakeDestinationConfiguration: "Snowflake",
  IcebergDestinationConfiguration: "Iceberg",
};

const otherSources: Readonly<Record<string, string>> = {
  MSKSourceConfiguration: "an MSK topic",
  DatabaseSourceConfiguration: "a database",
};

const destinations = [
  "ExtendedS3DestinationConfiguration",
  "S3DestinationConfiguration",
  "HttpEndpointDestinationConfiguration",
  "AmazonopensearchserviceDestinationConfiguration",
  "ElasticsearchDestinationConfiguration",
  "AmazonOpenSearchServerlessDestinationConfiguration",
  "SplunkDestinationConfiguration",
  "RedshiftDestinationConfiguration",
] as const;

/** What changes nothing on one machine. */
const elsewhere = [
  "DeliveryStreamName",
  "DeliveryStreamEncryptionConfigurationInput",
  "DirectPutSourceConfiguration",
  "Tags",
];

/** Throws an InvalidArgumentException that names the property. */
export function readSettings(name: string, settings: DeliveryStreamSettings): DeliveryPlan {
  const all = properties(`Delivery stream ${name}`, settings);
  for (const [property, what] of Object.entries(notRun)) {
    if (all.has(property)) {
      throw all.refusal(
        property,
        `asks for ${what}, which is not run locally. Local are S3, HTTP endpoints, OpenSearch, Splunk and Redshift: run this stream with an ExtendedS3DestinationConfiguration to see what would be delivered.`,
      );
    }
  }
  for (const [property, what] of Object.entries(otherSources)) {
    if (all.has(property)) {
      throw all.refusal(
        property,
        `asks for ${what}, which is not run locally as a source. Local are DirectPut and Kinesis streams.`,
      );
    }
  }
  all.only([
    ...elsewhere,
    ...destinations,
    "DeliveryStreamType",
    "KinesisStreamSourceConfiguration",
  ]);
  const given = destinations.filter((property) => all.has(property));
  const [destination] = given;
  if (!destination || given.length > 1) {
    throw invalidArgument(
      `Delivery stream ${name} has ${given.length} destinations (${given.join(", ")}), and needs exactly one of ${destinations.join(", ")}.`,
    );
  }
  const warnings: string[] = [];
  const own = all.object(destination)!;
  return {
    kinesisStream: readSource(all),
    ...readDelivery(destination, own, warnings),
    warnings,
  };
}

function readDelivery(
  destination: (typeof destinations)[number],
  own: Properties,
  warnings: string[],
): Delivery {
  switch (destination) {
    case "S3DestinationConfiguration":
      return toS3(own, false, warnings);
    case "ExtendedS3DestinationConfiguration":
      return toS3(own, true, warnings);
    case "HttpEndpointDestinationConfiguration":
      return withBackup(own, readHttp(own), ["FailedDataOnly", "AllData"]);
    case "SplunkDestinationConfiguration":
      return withBackup(own, readSplunk(own), ["FailedEventsOnly", "AllEvents"]);
    case "RedshiftDestinationConfiguration":
      return toRedshift(own, warnings);
    default: {
      const serverless = destination === "AmazonOpenSearchServerlessDestinationConfiguration";
      const plan = readOpensearch(own, { serverless, warnings });
      return withBackup(own, plan, ["FailedDocumentsOnly", "AllDocuments"]);
    }
  }
}

function readSource(all: Properties): string | undefined {
  const type = all.oneOf("DeliveryStreamType", ["DirectPut", "KinesisStreamAsSource"], "DirectPut");
  const source = all.object("KinesisStreamSourceConfiguration");
  if (type === "DirectPut" && !source) return undefined;
  if (type === "DirectPut") {
    throw all.refusal(
      "KinesisStreamSourceConfiguration",
      "needs a DeliveryStreamType of KinesisStreamAsSource.",
    );
  }
  if (!source) throw all.refusal("KinesisStreamSourceConfiguration", "is missing.");
  source.only(["KinesisStreamARN", "RoleARN"]);
  return source.required("KinesisStreamARN");
}

type Delivery = Pick<DeliveryPlan, "processing" | "destination" | "backup" | "failures">;

/** A destination beside which what fails goes to S3, or everything, by the backup mode. */
function withBackup(
  own: Properties,
  destination: HttpPlan | OpensearchPlan | SplunkPlan,
  [failed, all]: readonly [string, string],
): Delivery {
  const processing = readProcessing(own);
  if (processing.query) throw queryWithoutPartitions(own);
  const s3 = own.object("S3Configuration") ?? missing(own, "S3Configuration");
  const failures = readS3(s3, { failuresUnderPrefix: destination.kind !== "http" });
  const backup = own.oneOf("S3BackupMode", [failed, all], failed) === all ? failures : undefined;
  return { processing, destination, failures, backup };
}

function toRedshift(own: Properties, warnings: string[]): Delivery {
  const destination = readRedshift(own, warnings);
  const processing = readProcessing(own);
  if (processing.query) throw queryWithoutPartitions(own);
  const mode = own.oneOf("S3BackupMode", ["Disabled", "Enabled"], "Disabled");
  return { processing, destination, failures: destination.stage, backup: backupOf(own, mode) };
}

function backupOf(own: Properties, mode: "Disabled" | "Enabled"): S3Plan | undefined {
  if (mode === "Disabled") return undefined;
  return readS3(own.object("S3BackupConfiguration") ?? missing(own, "S3BackupConfiguration"));
}

function toS3(own: Properties, extended: boolean, warnings: string[]): Delivery {
  const processing = extended ? readProcessing(own) : noProcessing;
  const destination = readS3(own, { extended, warnings });
  if (destination.partitioned) checkPartitionKeys(own, destination, processing);
  else if (destination.prefixes.queryKeys.length + destination.prefixes.lambdaKeys.length > 0) {
    throw own.refusal("Prefix", "has partition keys, which need dynamic partitioning.");
  }
  if (processing.query && !destination.partitioned) throw queryWithoutPartitions(own);
  const mode = extended
    ? own.oneOf("S3BackupMode", ["Disabled", "Enabled"], "Disabled")
    : "Disabled";
  return { processing, destination, failures: destination, backup: backupOf(own, mode) };
}

const queryWithoutPartitions = (own: Properties) =>
  own.refusal(
    "ProcessingConfiguration",
    "has a MetadataExtraction processor, which needs dynamic partitioning.",
  );

function missing(own: Properties, name: string): never {
  throw own.refusal(name, "is missing.");
}

function checkPartitionKeys(
  own: Properties,
  {
    prefixes: { queryKeys, lambdaKeys },
  }: {
    readonly prefixes: {
      readonly queryKeys: readonly string[];
      readonly lambdaKeys: readonly string[];
    };
  },
  { query, transform }: Delivery["processing"],
): void {
  if (!query && !transform) {
    throw own.refusal(
      "DynamicPartitioningConfiguration",
      "is enabled, and needs a MetadataExtraction or a Lambda processor to get keys from.",
    );
  }
  if (queryKeys.length + lambdaKeys.length === 0) {
    throw own.refusal(
      "Prefix",
      "must have a !{partitionKeyFromQuery:…} or a !{partitionKeyFromLambda:…} when dynamic partitioning is enabled.",
    );
  }
  if (queryKeys.length > 0 && !query) {
    throw own.refusal(
      "Prefix",
      "has !{partitionKeyFromQuery:…}, and no MetadataExtraction processor gives such keys.",
    );
  }
  if (lambdaKeys.length > 0 && !transform) {
    throw own.refusal(
      "Prefix",
      "has !{partitionKeyFromLambda:…}, and no Lambda processor gives such keys.",
    );
  }
}
