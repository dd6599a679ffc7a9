/** A delivery stream as DescribeDeliveryStream shows it. */

import type { Output } from "../../protocol/json.ts";
import type { DeliveryStream } from "../types.ts";

export function describeStream(stream: DeliveryStream): Output {
  const { settings, name, arn, sourceType, createdAt } = stream;
  const source = settings.KinesisStreamSourceConfiguration;
  return {
    DeliveryStreamName: name,
    DeliveryStreamARN: arn,
    DeliveryStreamStatus: "ACTIVE",
    DeliveryStreamType: sourceType,
    VersionId: "1",
    CreateTimestamp: new Date(createdAt),
    ...(source && {
      Source: {
        KinesisStreamSourceDescription: {
          ...source,
          DeliveryStartTimestamp: new Date(createdAt),
        },
      },
    }),
    Destinations: [{ DestinationId: "destinationId-000000000001", ...destination(stream) }],
    HasMoreDestinations: false,
  };
}

/** What was configured is what is described, under other names. */
function destination({ settings }: DeliveryStream): Output {
  const http = settings.HttpEndpointDestinationConfiguration;
  if (http) {
    const { S3Configuration, EndpointConfiguration, ...rest } = http;
    // The key is not given away again.
    const { AccessKey, ...endpoint } = EndpointConfiguration;
    return {
      HttpEndpointDestinationDescription: {
        ...rest,
        EndpointConfiguration: endpoint,
        S3DestinationDescription: S3Configuration,
      },
    };
  }
  for (const name of servers) {
    const own = settings[`${name}DestinationConfiguration`] as Output | undefined;
    if (own) return { [`${name}DestinationDescription`]: serverDescription(own) };
  }
  const extended = settings.ExtendedS3DestinationConfiguration;
  if (!extended) return { S3DestinationDescription: settings.S3DestinationConfiguration };
  const { S3BackupConfiguration, ...rest } = extended;
  return {
    S3DestinationDescription: {
      BucketARN: rest.BucketARN,
      RoleARN: rest.RoleARN,
      Prefix: rest.Prefix,
      ErrorOutputPrefix: rest.ErrorOutputPrefix,
      BufferingHints: rest.BufferingHints,
      CompressionFormat: rest.CompressionFormat ?? "UNCOMPRESSED",
    },
    ExtendedS3DestinationDescription: {
      ...rest,
      ...(S3BackupConfiguration && { S3BackupDescription: S3BackupConfiguration }),
    },
  };
}

const servers = [
  "Amazonopensearchservice",
  "Elasticsearch",
  "AmazonOpenSearchServerless",
  "Splunk",
  "Redshift",
];

/** A password is not given away again. */
function serverDescription({
  Password: _,
  S3BackupConfiguration,
  S3Configuration,
  ...rest
}: Output): Output {
  return {
    ...rest,
    S3DestinationDescription: S3Configuration,
    ...(S3BackupConfiguration !== undefined && { S3BackupDescription: S3BackupConfiguration }),
  };
}
