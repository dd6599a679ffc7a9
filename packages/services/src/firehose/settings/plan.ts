/** What a delivery stream does, read out of its settings: units made plain, defaults filled in. */
import type { IndexRotation } from "../../../../../src/wire/index-rotation.ts";
import type { BufferingHints } from "../buffer.ts";
import type { CompressionFormat } from "../destination/compression.ts";
import type { JqProgram } from "../jq/index.ts";
import type { Prefixes } from "../prefix/object-name.ts";

export interface DeliveryPlan {
  /** The stream's ARN, or its name; undefined: records are put. */
  readonly kinesisStream: string | undefined;
  readonly processing: ProcessingPlan;
  readonly destination: S3Plan | HttpPlan | OpensearchPlan | SplunkPlan | RedshiftPlan;
  /** Where every source record goes, too. */
  readonly backup: S3Plan | undefined;
  /** Where failure objects go, and under which prefix. */
  readonly failures: S3Plan;
  /** What AWS takes, and is done in another way here. */
  readonly warnings: readonly string[];
}

export interface ProcessingPlan {
  readonly decompress: boolean;
  /** Only the messages of what CloudWatch Logs sent. */
  readonly extractMessages: boolean;
  readonly deaggregate: { readonly delimiter: Uint8Array } | "JSON" | undefined;
  readonly transform: TransformPlan | undefined;
  readonly query: JqProgram | undefined;
  readonly appendDelimiter: Uint8Array | undefined;
}

export interface TransformPlan {
  readonly lambdaArn: string;
  readonly hints: BufferingHints;
  /** Invocations after the first one. */
  readonly retries: number;
}

export interface S3Plan {
  readonly kind: "s3";
  readonly bucket: string;
  readonly hints: BufferingHints;
  readonly prefixes: Prefixes;
  readonly compression: CompressionFormat;
  /** In place of the compression's own. */
  readonly extension: string | undefined;
  readonly partitioned: boolean;
  /** Milliseconds in which an object is tried again; undefined: as long as the source keeps records. */
  readonly retryFor: number | undefined;
  readonly conversion: ConversionPlan | undefined;
}

export interface ConversionPlan {
  readonly deserializer: OpenXPlan | HivePlan;
  readonly parquet: ParquetPlan;
  /** As in failure objects. */
  readonly table: CatalogTable;
}

export interface OpenXPlan {
  readonly kind: "OpenX";
  readonly caseInsensitive: boolean;
  /** By column: the key in the JSON. */
  readonly keyMappings: Readonly<Record<string, string>>;
  readonly dotsToUnderscores: boolean;
}

export interface HivePlan {
  readonly kind: "Hive";
  readonly timestampFormats: readonly string[];
}

export interface ParquetPlan {
  readonly compression: "UNCOMPRESSED" | "SNAPPY" | "GZIP";
  readonly blockBytes: number;
  readonly pageBytes: number;
  readonly dictionary: boolean;
}

export interface CatalogTable {
  readonly catalogId: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly region: string;
  readonly versionId: string;
}

export interface HttpPlan {
  readonly kind: "http";
  readonly url: string;
  readonly accessKey: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly hints: BufferingHints;
  /** Milliseconds from the first failure on in which a request is repeated. */
  readonly retryFor: number;
}

export interface OpensearchPlan {
  readonly kind: "opensearch";
  readonly serverless: boolean;
  /** Undefined: the settings have a domain's ARN. */
  readonly endpoint: string | undefined;
  readonly index: string;
  readonly rotation: IndexRotation;
  /** Of failure objects; nothing is sent of it. */
  readonly typeName: string | undefined;
  /** Whether documents have ids, which stay across attempts. */
  readonly hasIds: boolean;
  readonly hints: BufferingHints;
  /** Milliseconds from the first attempt on, with it, in which documents are tried again. */
  readonly retryFor: number;
}

export interface SplunkPlan {
  readonly kind: "splunk";
  readonly endpoint: string;
  readonly endpointType: "Raw" | "Event";
  /** Undefined: it is in a secret. */
  readonly token: string | undefined;
  /** Milliseconds from a response on in which its acknowledgement must come. */
  readonly ackTimeout: number;
  readonly hints: BufferingHints;
  /** Milliseconds from the first failure on, without what is waited for, in which a request is repeated. */
  readonly retryFor: number;
}

export interface RedshiftPlan {
  readonly kind: "redshift";
  readonly roleArn: string;
  readonly table: string;
  /** As they stand in the statement. */
  readonly columns: string | undefined;
  readonly copyOptions: string | undefined;
  /** Where COPY reads from. */
  readonly stage: S3Plan;
  /** Milliseconds from the first attempt on, with it, in which a COPY is tried again. */
  readonly retryFor: number;
}
