/** The clients of AWS that a redrive works with. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { clientConfig } from "../aws/client.ts";
import { documentClient } from "../aws/table.ts";
import type { Service } from "./settings.ts";

/** Made when they are asked for; whoever asks destroys what he gets. */
export interface Clients {
  dynamodb(): DynamoDBDocumentClient;
  kinesis(): KinesisClient;
  s3(): Promise<S3Client>;
  sqs(): Promise<SQSClient>;
}

export type Config = (service: Service) => ReturnType<typeof clientConfig>;

export const awsClients = (config: Config): Clients => ({
  dynamodb: () => documentClient({ maxAttempts: 3, ...config("dynamodb") }),
  kinesis: () => new KinesisClient({ maxAttempts: 5, ...config("kinesis") }),
  async s3() {
    const { S3Client } = await import("@aws-sdk/client-s3");
    const own: S3ClientConfig = config("s3");
    return new S3Client({ maxAttempts: 3, forcePathStyle: "endpoint" in own, ...own });
  },
  async sqs() {
    const { SQSClient } = await import("@aws-sdk/client-sqs");
    return new SQSClient({ maxAttempts: 3, ...config("sqs") });
  },
});
