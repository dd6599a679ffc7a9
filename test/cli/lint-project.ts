/** A project with many functions, each with a mapping of its own, that is linted once. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lintCommand } from "../../packages/cli/src/lint/command.ts";

/** What is different from a function that nothing is found in. */
export interface Oddity {
  /** TypeScript: options of `kinesisConsumer` that come last. */
  readonly options?: string;
  /** TypeScript: the whole handler's module. */
  readonly module?: string;
  readonly mapping?: Readonly<Record<string, unknown>>;
  readonly function?: Readonly<Record<string, unknown>>;
  readonly stream?: Readonly<Record<string, unknown>>;
  /** @default a stream of its own */
  readonly streamOf?: string;
  readonly table?: Readonly<Record<string, unknown>>;
  /** Statements in place of those that are needed. */
  readonly statements?: readonly unknown[];
  readonly managedPolicies?: readonly string[];
  /** More resources, under the logical ids that they have. */
  readonly resources?: Readonly<Record<string, unknown>>;
}

/** Handlers find `shardmill` by the repository's tsconfig.json. */
const folderInRepository = fileURLToPath(new URL("../../.shardmill", import.meta.url));

export async function temporaryProject(): Promise<{ folder: string; remove(): Promise<void> }> {
  await mkdir(folderInRepository, { recursive: true });
  const folder = await mkdtemp(join(folderInRepository, "test-"));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Writes the project with a function for each name. */
export async function writeProject(
  folder: string,
  functions: Readonly<Record<string, Oddity>>,
): Promise<void> {
  const Resources: Record<string, unknown> = {};
  for (const [name, oddity] of Object.entries(functions)) {
    await writeFile(join(folder, `${name}.ts`), oddity.module ?? moduleOf(name, oddity));
    Object.assign(Resources, resourcesOf(name, oddity));
  }
  await writeFile(join(folder, "template.json"), JSON.stringify({ Resources }, null, 2));
}

/**
 * Clients of AWS that do nothing, in the project's node_modules: functions of which only the options are read load in half of the time. A function
 * without them has the SDK.
 */
export async function withoutSdk(folder: string): Promise<void> {
  const names = {
    "client-dynamodb": ["DynamoDBClient"],
    "client-s3": ["GetObjectCommand", "PutObjectCommand", "S3Client"],
    "client-sqs": ["SendMessageCommand", "SQSClient"],
    "lib-dynamodb": ["DynamoDBDocumentClient", ...commands.map((name) => `${name}Command`)],
  };
  for (const [name, classes] of Object.entries(names)) {
    const at = join(folder, "node_modules", "@aws-sdk", name);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, "package.json"), '{ "type": "module", "exports": "./index.js" }');
    const text = classes.map((one) => `export class ${one} {}\n`).join("");
    await writeFile(join(at, "index.js"), text);
  }
}

const commands = ["BatchGet", "Delete", "Get", "Put", "Query", "TransactWrite", "Update"];

export async function lint(
  cwd: string,
  ...args: string[]
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => ({
    write(text: string) {
      written[stream] += text;
    },
  });
  const { signal } = new AbortController();
  const status = await lintCommand(args, { cwd, signal, out: into("out"), err: into("err") });
  return { status, ...written };
}

/** Where the handlers' imports come from. */
const origins: Readonly<Record<string, readonly string[]>> = {
  shardmill: ["cloudWatchLogs", "json", "kinesisConsumer", "text"],
  "shardmill/dynamodb": ["dynamodbParking", "dynamodbProgress"],
  "shardmill/s3": ["s3Parking"],
  "shardmill/kpl": ["strictDeaggregator"],
  "shardmill/sqs": ["sqsParking"],
  "shardmill/windows": ["count", "lambdaWindow", "tumbling"],
};

function moduleOf(name: string, { options = "" }: Oddity): string {
  const handler = `
const tableName = process.env.PROGRESS_TABLE;
export const handler = kinesisConsumer({
  consumer: "${name}",
  decode: json(),
  progress: dynamodbProgress({ tableName }),
  process() {},
  ${options}
} as any);
`;
  const imports = Object.entries(origins).flatMap(([origin, names]) => {
    const used = names.filter((name) => handler.includes(`${name}(`));
    return used.length > 0 ? [`import { ${used.join(", ")} } from "${origin}";\n`] : [];
  });
  return imports.join("") + handler;
}

function resourcesOf(name: string, oddity: Oddity): Record<string, unknown> {
  const stream = oddity.streamOf ?? name;
  const arn = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });
  return {
    ...(oddity.streamOf === undefined && {
      [`${name}Stream`]: {
        Type: "AWS::Kinesis::Stream",
        Properties: { ShardCount: 1, RetentionPeriodHours: 168, ...oddity.stream },
      },
    }),
    [`${name}Table`]: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        ...oddity.table,
      },
    },
    [`${name}Bucket`]: { Type: "AWS::S3::Bucket" },
    [`${name}Role`]: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {},
        ManagedPolicyArns: oddity.managedPolicies ?? [],
        Policies: [
          {
            PolicyName: "all",
            PolicyDocument: {
              Statement: oddity.statements ?? [
                {
                  Effect: "Allow",
                  Action: ["kinesis:*", "dynamodb:*", "s3:*", "sqs:*"],
                  Resource: "*",
                },
              ],
            },
          },
        ],
      },
    },
    [name]: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Handler: `${name}.handler`,
        Runtime: "nodejs24.x",
        Timeout: 60,
        Role: arn(`${name}Role`),
        Code: ".",
        Environment: { Variables: { PROGRESS_TABLE: { Ref: `${name}Table` } } },
        ...oddity.function,
      },
    },
    [`${name}Mapping`]: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: { Ref: name },
        EventSourceArn: arn(`${stream}Stream`),
        StartingPosition: "TRIM_HORIZON",
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        BisectBatchOnFunctionError: true,
        MaximumRecordAgeInSeconds: 518_400,
        DestinationConfig: { OnFailure: { Destination: arn(`${name}Bucket`) } },
        ...oddity.mapping,
      },
    },
    ...oddity.resources,
  };
}
