/** How a change is said in the language of the template: CloudFormation's, serverless.yml, Terraform's. */
import type { DeclaredMapping, Template, TemplateResource } from "@shardmill/local/rig";

/** A pipe of EventBridge has a few settings under other names. */
export const isPipe = ({ type }: DeclaredMapping): boolean => type === "AWS::Pipes::Pipe";

/** By CloudFormation's name: what the Serverless Framework calls it, and how it takes the value. */
const serverlessNames: Readonly<Record<string, string>> = {
  BatchSize: "batchSize",
  BisectBatchOnFunctionError: "bisectBatchOnFunctionError",
  FilterCriteria: "filterPatterns",
  FunctionResponseTypes: "functionResponseType",
  MaximumRecordAgeInSeconds: "maximumRecordAgeInSeconds",
  MaximumRetryAttempts: "maximumRetryAttempts",
  ParallelizationFactor: "parallelizationFactor",
  StartingPosition: "startingPosition",
  Timeout: "timeout",
  TumblingWindowInSeconds: "tumblingWindowInSeconds",
};

/** By CloudFormation's name: a value that Terraform takes in another form. */
const terraformValues: Readonly<Record<string, string>> = {
  FunctionResponseTypes: '["ReportBatchItemFailures"]',
  StartingPositionTimestamp: '"<RFC 3339, such as 2027-01-01T00:00:00Z>"',
};

/** `MaximumRetryAttempts` is maximum_retry_attempts. */
const snake = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();

/** What a setting of CloudFormation is called. Text that is no setting stays. */
export function settingText({ format }: Template, name: string): string {
  if (format === "terraform") return /^[A-Z]\w*$/.test(name) ? snake(name) : name;
  return (format === "serverless" && serverlessNames[name]) || name;
}

/** The line that sets it. */
export function line(template: Template, name: string, value: string | number | boolean): string {
  const text = settingText(template, name);
  if (template.format === "terraform") {
    const quoted = /^[A-Z_]+$/.test(String(value)) ? `"${value}"` : value;
    return `${text} = ${terraformValues[name] ?? quoted}`;
  }
  return `${text}: ${text === "functionResponseType" ? "ReportBatchItemFailures" : value}`;
}

/** A bucket gets the payload too; of a queue the Serverless Framework knows. */
export function destinationLine({ format }: Template, mapping: DeclaredMapping): string {
  if (isPipe(mapping)) return "DeadLetterConfig: { Arn: !GetAtt <queue>.Arn }";
  if (format === "terraform") {
    return "destination_config { on_failure { destination_arn = aws_s3_bucket.<name>.arn } }";
  }
  const destination = "DestinationConfig: { OnFailure: { Destination: !GetAtt <bucket>.Arn } }";
  return format === "serverless" ? extension(mapping, destination) : destination;
}

/** What the Serverless Framework has no setting for. */
export const extension = ({ logicalId }: DeclaredMapping, property: string): string =>
  `resources: { extensions: { ${logicalId}: { Properties: { ${property} } } } }`;

/** The role that the Serverless Framework makes for functions without one of their own. */
export const policyOf = ({ format }: Template, { logicalId }: TemplateResource) =>
  format === "serverless" && logicalId === "IamRoleLambdaExecution"
    ? "provider.iam.role.statements"
    : "the role's policy";

/** An ARN as a template says it: by the resource that it is of. */
export function reference(template: Template, arn: string): string {
  const { streams, consumers, tables, queues, topics, buckets } = template;
  const resources = [...streams, ...consumers, ...tables, ...queues, ...topics, ...buckets];
  for (const { logicalId, arn: own, type } of resources) {
    const attribute = type === "AWS::Kinesis::StreamConsumer" ? "ConsumerARN" : "Arn";
    if (arn === own) return `!GetAtt ${logicalId}.${attribute}`;
    if (arn.startsWith(`${own}/`)) return `!Sub \${${logicalId}.Arn}/*`;
  }
  return arn;
}
