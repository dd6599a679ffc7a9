/** What the harness needs of a template: what will be deployed, with everything resolved. */
import type { StreamMode } from "../kinesis/types.ts";
import type { MappingSettings } from "../lambda/mapping/settings.ts";

/**
 * Reads the template of a project: of the Serverless Framework, the CDK, SAM, Terraform, or
 * CloudFormation itself. Nothing is asked of AWS. Throws a `TemplateError` that names file, line and property
 * for what CloudFormation would refuse; what it takes and this machine cannot run is in
 * `unsupported`.
 *
 * @example
 * const { streams, functions, mappings } = await readTemplate({ cwd: "." });
 */
export type ReadTemplate = (options?: ReadTemplateOptions) => Promise<Template>;

/** What `readTemplate` takes. */
export interface ReadTemplateOptions {
  /** The project's folder. @default process.cwd() */
  readonly cwd?: string;
  /**
   * A CloudFormation template, in JSON or YAML, or what `terraform show -json` says; relative to `cwd`.
   * @default what is found in `cwd`: serverless.yml, then cdk.json, then a template of SAM or
   * CloudFormation, then tfplan.json
   */
  readonly file?: string;
  /** Which stack of a CDK app. @default the only one */
  readonly stack?: string;
  /** Values of the template's parameters, over their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values of exports of other stacks, by the export's name: what `Fn::ImportValue` gives. */
  readonly imports?: Readonly<Record<string, string>>;
  /**
   * A JSON file of what is known in the cloud only: `{ "parameters": {}, "imports": {}, "ssm": {}, "secretsmanager": {}, "cf": {} }`, each
   * of names and values; relative to `cwd`. @default shardmill.values.json in `cwd`, where it is there
   */
  readonly values?: string;
  /** The stage that the Serverless Framework packages. @default the one in serverless.yml */
  readonly stage?: string;
  /** Parameters of the Serverless Framework: `--param name=value`. */
  readonly params?: Readonly<Record<string, string>>;
  /** @default the one that the template's tool has set, or "us-east-1" */
  readonly region?: string;
  /** @default "123456789012" */
  readonly accountId?: string;
  /** Stands before `/<account>/<queue>` in queue URLs. @default "https://sqs.<region>.amazonaws.com" */
  readonly sqsEndpoint?: string;
  /** Told in one line that a tool is run, and why; and what CloudFormation takes, and a person has hardly meant. */
  readonly log?: (line: string) => void;
  /** Ends a tool that runs. */
  readonly signal?: AbortSignal;
}

/** Which tool's template it is. */
export type TemplateFormat = "serverless" | "cdk" | "sam" | "cloudformation" | "terraform";

/** A project's template, resolved: functions, mappings, and what they need. */
export interface Template {
  readonly format: TemplateFormat;
  /** The compiled template. Absolute. */
  readonly file: string;
  /** What a person edits, the template among them if it is no tool's output: watch these. Absolute. */
  readonly sources: readonly string[];
  /** Where the handlers' sources and the tool's settings are. Absolute. */
  readonly projectRoot: string;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** Those that the template declares, and those that its mappings read all the same: `isExternal`. */
  readonly streams: readonly TemplateStream[];
  readonly consumers: readonly TemplateConsumer[];
  readonly functions: readonly TemplateFunction[];
  readonly mappings: readonly TemplateMapping[];
  readonly schedules: readonly TemplateSchedule[];
  readonly roles: readonly TemplateRole[];
  readonly tables: readonly TemplateTable[];
  readonly queues: readonly TemplateQueue[];
  readonly topics: readonly TemplateTopic[];
  readonly buckets: readonly TemplateBucket[];
  readonly deliveryStreams: readonly TemplateDeliveryStream[];
  readonly glueTables: readonly TemplateGlueTable[];
  /** Applications of Kinesis Analytics. They do not run here: `shardmill sql import` makes functions of them. */
  readonly analytics: readonly TemplateAnalytics[];
  readonly unsupported: readonly Unsupported[];
  /** Functions and mappings that this machine cannot run, as `unsupported` says, for whoever only reads. */
  readonly notHere?: {
    readonly functions: readonly DeclaredFunction[];
    readonly mappings: readonly DeclaredMapping[];
  };
}

/** What every resource of the template has. */
export interface TemplateResource {
  readonly logicalId: string;
  /** As in the template: `AWS::Kinesis::Stream`. */
  readonly type: string;
  /** The physical name: the one in the template, or `<stack>-<logical id>`. */
  readonly name: string;
  readonly arn: string;
  /** Its properties, resolved, under CloudFormation's own names. What could not be resolved is left out. */
  readonly properties: Properties;
  /** Where a person changes it. */
  readonly place: Place;
  /** Where a person changes a property, for those that have a line of their own. */
  readonly propertyPlaces?: Readonly<Record<string, Place>>;
}

/** An application of Kinesis Analytics, with what stands beside it in resources of its own. */
export interface TemplateAnalytics extends TemplateResource {
  /** Properties of its ApplicationOutput resources. */
  readonly outputs: readonly Properties[];
  /** Properties of its ApplicationReferenceDataSource resources. */
  readonly references: readonly Properties[];
}

/** Properties of a resource, under CloudFormation's own names. */
export type Properties = Readonly<Record<string, any>>;

/** Where in a file something stands. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
}

/** What `createStream` of the simulator takes. */
export interface TemplateStream extends TemplateResource {
  /** Absent with ON_DEMAND. */
  readonly shards?: number;
  readonly mode: StreamMode;
  readonly retentionHours: number;
  readonly maxRecordSizeInKiB?: number;
  /** The template does not declare it: a mapping names its ARN. `logicalId` is that mapping's. */
  readonly isExternal: boolean;
}

/** An enhanced fan-out consumer. The simulator gives it another ARN when it is registered. */
export interface TemplateConsumer extends TemplateResource {
  readonly streamArn: string;
}

/** A Lambda function of the template whose code runs here. */
export interface TemplateFunction extends DeclaredFunction {
  readonly source: FunctionSource;
}

/** What a template says of a function, whatever its language is. */
export interface DeclaredFunction extends TemplateResource {
  /** What a person may call it: its name, its logical id, its key in serverless.yml. */
  readonly names: readonly string[];
  /** As in the template: `handlers/departures.handler`. */
  readonly handler: string;
  /** `nodejs24.x`. Empty: an image, or none. */
  readonly runtime: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn?: string;
  readonly reservedConcurrentExecutions?: number;
}

/** Where a function's code is. */
export interface FunctionSource {
  /** What runs it: Node.js, Python, Java, or it is a program that needs nothing else. @default "nodejs" */
  readonly kind?: "nodejs" | "python" | "java" | "custom";
  /** Of Python: `3.12`; of Java: `21`. */
  readonly version?: string;
  /** The handler's module: TypeScript, JavaScript or Python; its class or jar; or the program `bootstrap`. Absolute. */
  readonly file: string;
  /**
   * The export, `handler` in most cases; `a.b` is the property `b` of the export `a`. Of Python the
   * function, of Java the whole handler. Empty: a program finds it by itself.
   */
  readonly exportName: string;
  /** What is `/var/task` in Lambda. Absolute. */
  readonly taskRoot: string;
  /** Whether a tool has built it, so that it runs as it is. Otherwise it is to be bundled. */
  readonly isBuilt: boolean;
}

/**
 * An event source mapping for Kinesis, or a pipe of EventBridge from a stream to a function, whose
 * settings are the same: `type` says which. Those of other sources are unsupported.
 */
export interface TemplateMapping extends DeclaredMapping {
  readonly functionLogicalId: string;
  readonly streamArn: string;
}

/** What a template says of a mapping, whatever it invokes. */
export interface DeclaredMapping extends TemplateResource {
  /** The function that it invokes. Absent: it is not of this template. */
  readonly functionLogicalId?: string;
  /** Of a pipe: the function whose answer is what the other one gets. */
  readonly enrichmentLogicalId?: string;
  /** The alias or version of the function that it invokes. */
  readonly qualifier?: string;
  /** Absent: it is known in the cloud only. */
  readonly streamArn?: string;
  /** Set with enhanced fan-out. */
  readonly consumerArn?: string;
  /** Those that the template says. What it leaves out is not here. */
  readonly settings: MappingSettings;
}

/** A schedule of EventBridge, and one function that it invokes. */
export interface TemplateSchedule extends TemplateResource {
  readonly functionLogicalId: string;
  /** As in the template: `rate(5 minutes)`. */
  readonly expression: string;
  readonly everyMs: number;
  /** JSON, as the function gets it. Absent: the event of the schedule. */
  readonly input?: string;
}

/** An IAM role of the template, with all its statements. */
export interface TemplateRole extends TemplateResource {
  /** Of all its policies in the template. */
  readonly statements: readonly PolicyStatement[];
  readonly managedPolicyArns: readonly string[];
}

/** A statement of an IAM policy, with lists where the template may have single values. */
export interface PolicyStatement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  /** What could not be resolved in an ARN is a `*`. */
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  /** As in the template. */
  readonly condition?: Properties;
}

/** `keySchema` and what follows stand as CreateTable takes them. */
export interface TemplateTable extends TemplateResource {
  readonly keySchema: readonly {
    readonly AttributeName: string;
    readonly KeyType: "HASH" | "RANGE";
  }[];
  readonly attributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: "S" | "N" | "B";
  }[];
  readonly globalSecondaryIndexes: readonly Properties[];
  readonly localSecondaryIndexes: readonly Properties[];
  readonly billingMode: "PROVISIONED" | "PAY_PER_REQUEST";
  /** The attribute, where time to live is on. */
  readonly timeToLive?: string;
}

/** An SQS queue of the template. */
export interface TemplateQueue extends TemplateResource {
  readonly url: string;
  readonly isFifo: boolean;
  /** As CreateQueue takes them: `VisibilityTimeout`, `RedrivePolicy` (JSON)… */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An SNS topic of the template. */
export interface TemplateTopic extends TemplateResource {
  readonly isFifo: boolean;
  readonly subscriptions: readonly TemplateSubscription[];
}

/** A subscription of a topic of the template. */
export interface TemplateSubscription {
  readonly logicalId: string;
  /** `sqs`, `lambda`, `https`… */
  readonly protocol: string;
  /** An ARN, a URL, an address. */
  readonly endpoint: string;
  readonly rawMessageDelivery: boolean;
  readonly filterPolicy?: Properties;
  readonly filterPolicyScope?: "MessageAttributes" | "MessageBody";
}

/** An S3 bucket of the template. */
export interface TemplateBucket extends TemplateResource {}

/** Its settings are its `properties`, under CloudFormation's own names. */
export interface TemplateDeliveryStream extends TemplateResource {
  readonly deliveryStreamType: "DirectPut" | "KinesisStreamAsSource" | (string & {});
}

/** A table of the Glue Data Catalog: the columns of what a delivery stream converts. Its name is that in the database. */
export interface TemplateGlueTable extends TemplateResource {
  readonly databaseName: string;
  /** `TableInput`, under CloudFormation's own names. */
  readonly tableInput: Properties;
}

/** Something that this machine cannot run, in words for a person. */
export interface Unsupported {
  readonly logicalId: string;
  readonly type: string;
  /** It is deployed all the same, and does not work in Lambda. */
  readonly failsInLambda?: true;
  /** `Properties.Environment.Variables.HOST`: only that is left out. Absent: the whole resource is. */
  readonly path?: string;
  readonly why: string;
  readonly place: Place;
}
