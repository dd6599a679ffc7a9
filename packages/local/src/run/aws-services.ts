/** The services that `--aws` can let through, by the names that requests are signed for. */

export interface AwsService {
  /** The ends of `AWS_ENDPOINT_URL_…`: a service may have more than one client. */
  readonly suffixes: readonly string[];
  /** The first part of the host, before the region. */
  readonly host: string;
}

const service = (ids: string, host: string): AwsService => ({
  suffixes: ids.split("|").map((id) => id.toUpperCase().replaceAll(" ", "_")),
  host,
});

/** The ids are those of the services' models: SDKs make the names of variables of them. */
export const awsServices: Readonly<Record<string, AwsService>> = {
  appconfig: service("AppConfig", "appconfig"),
  appconfigdata: service("AppConfigData", "appconfigdata"),
  athena: service("Athena", "athena"),
  bedrock: service("Bedrock Runtime", "bedrock-runtime"),
  cloudformation: service("CloudFormation", "cloudformation"),
  "cognito-idp": service("Cognito Identity Provider", "cognito-idp"),
  comprehend: service("Comprehend", "comprehend"),
  dynamodb: service("DynamoDB", "dynamodb"),
  ec2: service("EC2", "ec2"),
  ecs: service("ECS", "ecs"),
  events: service("EventBridge", "events"),
  firehose: service("Firehose", "firehose"),
  glue: service("Glue", "glue"),
  kms: service("KMS", "kms"),
  lambda: service("Lambda", "lambda"),
  logs: service("CloudWatch Logs", "logs"),
  monitoring: service("CloudWatch", "monitoring"),
  "rds-data": service("RDS Data", "rds-data"),
  "redshift-data": service("Redshift Data", "redshift-data"),
  rekognition: service("Rekognition", "rekognition"),
  s3: service("S3", "s3"),
  scheduler: service("Scheduler", "scheduler"),
  secretsmanager: service("Secrets Manager", "secretsmanager"),
  ses: service("SES|SESv2", "email"),
  sns: service("SNS", "sns"),
  sqs: service("SQS", "sqs"),
  ssm: service("SSM", "ssm"),
  states: service("SFN", "states"),
  sts: service("STS", "sts"),
  textract: service("Textract", "textract"),
  translate: service("Translate", "translate"),
  xray: service("XRay", "xray"),
};

/** Where the service is in the cloud. */
export function awsEndpoint({ host }: AwsService, region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://${host}.${region}.${domain}`;
}
