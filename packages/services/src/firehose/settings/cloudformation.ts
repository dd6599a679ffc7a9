/**
 * The properties of AWS::KinesisFirehose::DeliveryStream that are run here, under CloudFormation's
 * names. As in a template, numbers and booleans may be text; references must be resolved.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisfirehose-deliverystream.html
 */

export interface DeliveryStreamSettings {
  /** @default "DirectPut" */
  readonly DeliveryStreamType?: "DirectPut" | "KinesisStreamAsSource" | (string & {});
  readonly KinesisStreamSourceConfiguration?: {
    readonly KinesisStreamARN: string;
    readonly RoleARN?: string;
  };
  readonly ExtendedS3DestinationConfiguration?: ExtendedS3Destination;
  readonly S3DestinationConfiguration?: S3Destination;
  readonly HttpEndpointDestinationConfiguration?: HttpEndpointDestination;
  readonly AmazonopensearchserviceDestinationConfiguration?: OpensearchDestination;
  readonly ElasticsearchDestinationConfiguration?: OpensearchDestination;
  readonly AmazonOpenSearchServerlessDestinationConfiguration?: OpensearchServerlessDestination;
  readonly SplunkDestinationConfiguration?: SplunkDestination;
  readonly RedshiftDestinationConfiguration?: RedshiftDestination;
  /** The rest of the resource's properties: refused where they ask for what is not run here. */
  readonly [property: string]: unknown;
}

type Numeric = number | `${number}`;
type Flag = boolean | "true" | "false";

export interface S3Destination {
  readonly BucketARN: string;
  readonly RoleARN?: string;
  /** @default 5 MiB, 300 s */
  readonly BufferingHints?: Hints;
  /** @default "UNCOMPRESSED" */
  readonly CompressionFormat?: string;
  readonly Prefix?: string;
  readonly ErrorOutputPrefix?: string;
  readonly CloudWatchLoggingOptions?: unknown;
  readonly EncryptionConfiguration?: unknown;
}

export interface Hints {
  readonly SizeInMBs?: Numeric;
  readonly IntervalInSeconds?: Numeric;
}

export interface ExtendedS3Destination extends S3Destination {
  /** @default "UTC" */
  readonly CustomTimeZone?: string;
  readonly FileExtension?: string;
  readonly ProcessingConfiguration?: ProcessingConfiguration;
  readonly DynamicPartitioningConfiguration?: {
    readonly Enabled?: Flag;
    readonly RetryOptions?: { readonly DurationInSeconds?: Numeric };
  };
  readonly DataFormatConversionConfiguration?: DataFormatConversion;
  /** @default "Disabled" */
  readonly S3BackupMode?: "Disabled" | "Enabled" | (string & {});
  readonly S3BackupConfiguration?: S3Destination;
}

export interface ProcessingConfiguration {
  readonly Enabled?: Flag;
  readonly Processors?: readonly {
    readonly Type: string;
    readonly Parameters?: readonly {
      readonly ParameterName: string;
      readonly ParameterValue: string;
    }[];
  }[];
}

export interface DataFormatConversion {
  /** @default true */
  readonly Enabled?: Flag;
  readonly InputFormatConfiguration?: {
    readonly Deserializer?: {
      readonly OpenXJsonSerDe?: {
        readonly CaseInsensitive?: Flag;
        readonly ColumnToJsonKeyMappings?: Readonly<Record<string, string>>;
        readonly ConvertDotsInJsonKeysToUnderscores?: Flag;
      };
      readonly HiveJsonSerDe?: { readonly TimestampFormats?: readonly string[] };
    };
  };
  readonly OutputFormatConfiguration?: {
    readonly Serializer?: {
      readonly ParquetSerDe?: {
        readonly BlockSizeBytes?: Numeric;
        readonly Compression?: string;
        readonly EnableDictionaryCompression?: Flag;
        readonly MaxPaddingBytes?: Numeric;
        readonly PageSizeBytes?: Numeric;
        readonly WriterVersion?: string;
      };
      readonly OrcSerDe?: unknown;
    };
  };
  readonly SchemaConfiguration?: {
    readonly CatalogId?: string;
    readonly DatabaseName?: string;
    readonly Region?: string;
    readonly RoleARN?: string;
    readonly TableName?: string;
    readonly VersionId?: string;
  };
}

export interface HttpEndpointDestination {
  readonly EndpointConfiguration: {
    readonly Url: string;
    readonly Name?: string;
    readonly AccessKey?: string;
  };
  /** @default 5 MiB, 300 s */
  readonly BufferingHints?: Hints;
  readonly RequestConfiguration?: {
    readonly ContentEncoding?: "NONE" | "GZIP" | (string & {});
    readonly CommonAttributes?: readonly {
      readonly AttributeName: string;
      readonly AttributeValue: string;
    }[];
  };
  /** @default 300 s */
  readonly RetryOptions?: { readonly DurationInSeconds?: Numeric };
  /** @default "FailedDataOnly" */
  readonly S3BackupMode?: "FailedDataOnly" | "AllData" | (string & {});
  readonly S3Configuration: S3Destination;
  readonly ProcessingConfiguration?: ProcessingConfiguration;
  readonly RoleARN?: string;
  readonly CloudWatchLoggingOptions?: unknown;
  readonly SecretsManagerConfiguration?: unknown;
}

/** What all destinations have that are servers. */
interface ServerDestination {
  /** @default 300 s; 3600 s for Redshift */
  readonly RetryOptions?: { readonly DurationInSeconds?: Numeric };
  readonly S3Configuration: S3Destination;
  readonly ProcessingConfiguration?: ProcessingConfiguration;
  readonly CloudWatchLoggingOptions?: unknown;
}

export interface OpensearchServerlessDestination extends ServerDestination {
  readonly IndexName: string;
  readonly CollectionEndpoint?: string;
  /** @default 5 MiB, 300 s */
  readonly BufferingHints?: Hints;
  /** @default "FailedDocumentsOnly" */
  readonly S3BackupMode?: "FailedDocumentsOnly" | "AllDocuments" | (string & {});
  readonly RoleARN?: string;
  readonly VpcConfiguration?: unknown;
}

export interface OpensearchDestination
  extends Omit<OpensearchServerlessDestination, "CollectionEndpoint"> {
  readonly DomainARN?: string;
  readonly ClusterEndpoint?: string;
  readonly TypeName?: string;
  /** @default "OneDay" */
  readonly IndexRotationPeriod?: string;
  readonly DocumentIdOptions?: { readonly DefaultDocumentIdFormat?: string };
}

export interface SplunkDestination extends ServerDestination {
  readonly HECEndpoint: string;
  readonly HECEndpointType: "Raw" | "Event" | (string & {});
  readonly HECToken?: string;
  /** @default 180 */
  readonly HECAcknowledgmentTimeoutInSeconds?: Numeric;
  /** @default 5 MiB, 60 s */
  readonly BufferingHints?: Hints;
  /** @default "FailedEventsOnly" */
  readonly S3BackupMode?: "FailedEventsOnly" | "AllEvents" | (string & {});
  readonly SecretsManagerConfiguration?: unknown;
}

export interface RedshiftDestination extends ServerDestination {
  readonly ClusterJDBCURL: string;
  readonly CopyCommand: {
    readonly DataTableName: string;
    readonly DataTableColumns?: string;
    readonly CopyOptions?: string;
  };
  readonly RoleARN: string;
  readonly Username?: string;
  readonly Password?: string;
  /** @default "Disabled" */
  readonly S3BackupMode?: "Disabled" | "Enabled" | (string & {});
  readonly S3BackupConfiguration?: S3Destination;
  readonly SecretsManagerConfiguration?: unknown;
}
