/** From the properties of a delivery stream to a plan; refused is what Firehose refuses, and what is not run here. */
import { invalidArgument } from "../error.ts";
import type { DeliveryStreamSettings } from "./cloudformation.ts";
import { readHttp } from "./http.ts";
import type { DeliveryPlan } from "./plan.ts";
import { noProcessing, readProcessing } from "./processing.ts";
import { type Properties, properties } from "./property.ts";
import { readS3 } from "./s3.ts";

/** Other destinations, by their property. */
const notRun: Readonly<Record<string, string>> = {
  RedshiftDestinationConfiguration: "Redshift",
  ElasticsearchDestinationConfiguration: "Elasticsearch",
  AmazonopensearchserviceDestinationConfiguration: "OpenSearch Service",
  AmazonOpenSearchServerlessDestinationConfiguration: "OpenSearch Serverless",
  SplunkDestinationConfiguration: "Splunk",
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
        `asks for ${what}, which is not run locally. Local are S3 and HTTP endpoints: run this stream with an ExtendedS3DestinationConfiguration to see what would be delivered.`,
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
    ...(destination === "HttpEndpointDestinationConfiguration"
      ? toHttp(own)
      : toS3(own, destination === "ExtendedS3DestinationConfiguration", warnings)),
    warnings,
  };
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

function toHttp(own: Properties): Delivery {
  const destination = readHttp(own);
  const processing = readProcessing(own);
  if (processing.query) throw queryWithoutPartitions(own);
  const failures = readS3(own.object("S3Configuration") ?? missing(own, "S3Configuration"));
  const mode = own.oneOf("S3BackupMode", ["FailedDataOnly", "AllData"], "FailedDataOnly");
  return {
    processing,
    destination,
    failures,
    backup: mode === "AllData" ? failures : undefined,
  };
}

function toS3(own: Properties, extended: boolean, warnings: string[]): Delivery {
  const processing = extended ? readProcessing(own) : noProcessing;
  const destination = readS3(own, { extended, warnings });
  if (destination.partitioned) checkPartitionKeys(own, destination, processing);
  else if (destination.prefixes.queryKeys.length + destination.prefixes.lambdaKeys.length > 0) {
    throw own.refusal("Prefix", "has partition keys, which need dynamic partitioning.");
  }
  if (processing.query && !destination.partitioned) throw queryWithoutPartitions(own);
  const enabled = extended && own.oneOf("S3BackupMode", ["Disabled", "Enabled"], "Disabled");
  if (enabled !== "Enabled") {
    return { processing, destination, failures: destination, backup: undefined };
  }
  const backup = own.object("S3BackupConfiguration") ?? missing(own, "S3BackupConfiguration");
  return { processing, destination, failures: destination, backup: readS3(backup) };
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
