/** What `sls package` makes of serverless.yml: the template that would be deployed. */
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  createDeliveryStream,
  type DeliveryStreamSettings,
  memoryBucket,
  type PolicyStatement,
  readTemplate,
  type Template,
  type TemplateDeliveryStream,
  type TemplateGlueTable,
} from "@shardmill/local";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAccessLog } from "../../handlers/clean-logs.ts";
import { lintCommand } from "../../packages/cli/src/lint/command.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { type PackagedService, packagedService } from "./packaged-service.ts";
import { complaintsAbout } from "./resource-specification.ts";

let service: PackagedService;
let template: Template;

beforeAll(async () => {
  service = await packagedService();
  template = await readTemplate({ cwd: service.folder });
}, 120_000);

afterAll(() => service?.remove());

it("every resource, property and type of a property is one that CloudFormation knows", () => {
  const complaints = Object.entries(service.template.Resources).flatMap(([logicalId, resource]) =>
    complaintsAbout(logicalId, resource),
  );
  expect(complaints).toEqual([]);
});

it("the specification does complain about what is wrong", () => {
  const mapping = {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { BatchSise: 10, DestinationConfig: { OnFail: {} }, BatchSize: "10" },
  };
  expect(complaintsAbout("M", mapping)).toEqual([
    "M.FunctionName is missing",
    "M.BatchSise does not exist",
    "M.DestinationConfig.OnFail does not exist",
    "M.BatchSize is no number",
  ]);
});

it("the reader reads it completely", () => {
  // But for the schedule that is disabled, and the HTTP API, which does not run here.
  expect(template.unsupported.map(({ type }) => type)).toEqual([
    "AWS::Events::Rule",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
  ]);
  expect(template.functions.map(({ names }) => names.at(-1))).toEqual([
    "departures",
    "orders",
    "place-orders",
    "log-errors",
    "orders-to-parquet",
    "logs-to-opensearch",
    "clean-logs",
    "doorbell",
    "delays",
    "ticker",
    "scale-flights",
  ]);
});

it("each handler is found in its source, and its bundle is in its archive", () => {
  for (const { names, source } of template.functions) {
    const name = names.at(-1)!;
    expect(source).toMatchObject({
      file: join(service.folder, `handlers/${name}.ts`),
      exportName: "handler",
      isBuilt: false,
    });
    expect(existsSync(join(service.folder, `build/handlers/${name}.mjs`))).toBe(true);
    expect(existsSync(join(service.folder, `.serverless/${name}.zip`))).toBe(true);
  }
  // And so is the file that it reads.
  const archive = readFileSync(join(service.folder, ".serverless/ticker.zip"), "latin1");
  expect(archive).toContain("build/handlers/ticker.sql");
});

it("nothing in it loses records, says shardmill lint", async () => {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const { signal } = new AbortController();
  const status = await lintCommand([], { cwd: service.folder, signal, out: { write } });
  expect(out).toMatch(new RegExp(`\nNothing found in ${template.mappings.length} mappings.\n$`));
  expect(status).toBe(0);
});

describe("mappings", () => {
  it.each([
    ["departures", "Flights", {}],
    ["orders", "Orders", {}],
    ["log-errors", "Logs", {}],
    ["orders-to-parquet", "Orders", { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 60 }],
    // Nowhere to go, unless the parameter says where.
    ["logs-to-opensearch", "Logs", { Enabled: false }],
    ["doorbell", "Sightings", {}],
    ["delays", "Flights", {}],
    ["ticker", "Trades", {}],
  ])("%s reads %s with every setting that loses nothing", (name, stream, own) => {
    const { logicalId } = functionOf(name);
    const mapping = template.mappings.find(
      ({ functionLogicalId }) => functionLogicalId === logicalId,
    )!;
    expect(mapping.properties).toEqual({
      FunctionName: functionOf(name).arn,
      EventSourceArn: arnOf(stream),
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 518_400,
      ParallelizationFactor: 1,
      DestinationConfig: { OnFailure: { Destination: arnOf("FailureBucket") } },
      MetricsConfig: { Metrics: ["EventCount"] },
      Enabled: true,
      ...own,
    });
  });

  it("each gives up a record before its stream does", () => {
    for (const { settings, streamArn } of template.mappings) {
      const { retentionHours } = template.streams.find(({ arn }) => arn === streamArn)!;
      expect(settings.maximumRecordAgeInSeconds).toBeLessThan(retentionHours * 3600);
    }
  });
});

describe("roles", () => {
  const ofMapping = (stream: string) => ({
    [stream]: [
      "kinesis:DescribeStream",
      "kinesis:DescribeStreamSummary",
      "kinesis:GetRecords",
      "kinesis:GetShardIterator",
      "kinesis:ListShards",
    ],
    "FailureBucket/aws/lambda/*": ["s3:PutObject"],
    FailureBucket: ["s3:ListBucket"],
  });
  const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const progress = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"];

  it.each([
    [
      "departures",
      {
        ...ofMapping("Flights"),
        DeparturesLogGroup: logs,
        ProgressTable: progress,
        CountsTable: ["dynamodb:UpdateItem"],
      },
    ],
    [
      "orders",
      {
        ...ofMapping("Orders"),
        OrdersLogGroup: logs,
        ProgressTable: [...progress, "dynamodb:UpdateItem"],
        AccountsTable: ["dynamodb:UpdateItem"],
      },
    ],
    [
      "place-orders",
      {
        PlaceDashordersLogGroup: logs,
        Orders: ["kinesis:ListShards", "kinesis:PutRecords"],
      },
    ],
    [
      "log-errors",
      {
        ...ofMapping("Logs"),
        LogDasherrorsLogGroup: logs,
        ProgressTable: progress,
        ErrorsTable: ["dynamodb:UpdateItem"],
      },
    ],
    [
      "orders-to-parquet",
      {
        ...ofMapping("Orders"),
        OrdersDashtoDashparquetLogGroup: logs,
        ProgressTable: [...progress, "dynamodb:UpdateItem"],
        "ArchiveBucket/orders/*": ["s3:GetObject", "s3:PutObject"],
        "ArchiveBucket/_shardmill/*": ["s3:GetObject", "s3:PutObject"],
        ArchiveBucket: ["s3:ListBucket"],
      },
    ],
    [
      "logs-to-opensearch",
      {
        ...ofMapping("Logs"),
        LogsDashtoDashopensearchLogGroup: logs,
        ProgressTable: [...progress, "dynamodb:UpdateItem"],
        "arn:aws:es:us-east-1:123456789012:domain/logs-dev/_bulk": ["es:ESHttpPost"],
      },
    ],
    ["clean-logs", { CleanDashlogsLogGroup: logs }],
    [
      "doorbell",
      {
        ...ofMapping("Sightings"),
        DoorbellLogGroup: logs,
        ProgressTable: [...progress, "dynamodb:UpdateItem"],
      },
    ],
    [
      "delays",
      {
        ...ofMapping("Flights"),
        DelaysLogGroup: logs,
        ProgressTable: progress,
        DelaysTable: ["dynamodb:UpdateItem"],
      },
    ],
    [
      "ticker",
      {
        ...ofMapping("Trades"),
        TickerLogGroup: logs,
        ProgressTable: progress,
        MinutesTable: ["dynamodb:PutItem"],
      },
    ],
    [
      "scale-flights",
      {
        ScaleDashflightsLogGroup: logs,
        Flights: [
          "kinesis:AddTagsToStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetRecords",
          "kinesis:GetShardIterator",
          "kinesis:ListShards",
          "kinesis:ListTagsForStream",
          "kinesis:MergeShards",
          "kinesis:SplitShard",
          "kinesis:UpdateShardCount",
        ],
        "*": ["cloudwatch:GetMetricData"],
      },
    ],
  ])("%s may do what it does, and nothing else", (name, allowed) => {
    const { roleArn } = functionOf(name);
    const role = template.roles.find(({ arn }) => arn === roleArn)!;
    expect(role.managedPolicyArns).toEqual([]);
    expect(actionsByResource(role.statements)).toEqual(allowed);
  });

  it("the delivery stream may invoke its function, read its table's columns and write its objects", () => {
    const role = template.roles.find(({ logicalId }) => logicalId === "AccessLogsRole")!;
    const { arn } = functionOf("clean-logs");
    const bucket = arnOf("LogsBucket");
    const glue = (resource: string) => `arn:aws:glue:us-east-1:123456789012:${resource}`;
    const table = ["catalog", "database/logs_dev", "table/logs_dev/access_logs"];
    expect(role.statements.map(({ actions, resources }) => [resources, actions])).toEqual([
      [[arn], ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]],
      [table.map(glue), ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]],
      [[`${bucket}/*`], ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject"]],
      [[bucket], ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]],
    ]);
  });

  it("each action is justified where it stands", async () => {
    const lines = (await readFile(join(service.folder, "serverless.yml"), "utf8")).split("\n");
    const actions = lines.filter((line) => /^\s+(- |Action: )[a-z0-9]+:[A-Z]\w+/.test(line));
    expect(actions.length).toBeGreaterThan(30);
    // AssumeRole says who in the lines around it.
    const bare = actions.filter((line) => !/ # \w/.test(line) && !line.includes("sts:AssumeRole"));
    expect(bare).toEqual([]);
  });

  it("no role allows all actions of a service, or all resources", () => {
    for (const { statements } of template.roles) {
      for (const { effect, actions, resources, notActions, notResources } of statements) {
        expect(effect).toBe("Allow");
        expect([...notActions, ...notResources]).toEqual([]);
        expect(actions.join()).not.toContain("*");
        // Of what has resources; reading metrics has none.
        if (actions.join() !== "cloudwatch:GetMetricData") expect(resources).not.toContain("*");
      }
    }
  });

  it("only Lambda may take a function's role", () => {
    for (const { roleArn } of template.functions) {
      const role = template.roles.find(({ arn }) => arn === roleArn)!;
      expect(role.properties.AssumeRolePolicyDocument.Statement).toEqual([
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ]);
    }
  });
});

describe("tables and streams", () => {
  it("the progress table is paid by request, with the key and the time to live of the code", () => {
    expect(template.tables.find(({ logicalId }) => logicalId === "ProgressTable")).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      keySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      timeToLive: "expiresAt",
    });
  });

  it("functions learn the names of their tables and streams", () => {
    const tables = (name: string) => functionOf(name).environment;
    expect(tables("departures").COUNTS_TABLE).toBe(nameOf("CountsTable"));
    expect(tables("place-orders").ORDERS_STREAM).toBe(nameOf("Orders"));
    expect(tables("orders").ACCOUNTS_TABLE).toBe(nameOf("AccountsTable"));
    expect(tables("log-errors").ERRORS_TABLE).toBe(nameOf("ErrorsTable"));
    expect(tables("delays").DELAYS_TABLE).toBe(nameOf("DelaysTable"));
    expect(tables("ticker").MINUTES_TABLE).toBe(nameOf("MinutesTable"));
    expect(tables("orders-to-parquet").ARCHIVE_BUCKET).toBe(nameOf("ArchiveBucket"));
    for (const { environment } of template.functions) {
      expect(environment.PROGRESS_TABLE).toBe(nameOf("ProgressTable"));
    }
  });

  it("streams keep a week", () => {
    expect(template.streams.map(({ name, retentionHours }) => [name, retentionHours])).toEqual([
      ["flights-dev", 168],
      ["orders-dev", 168],
      ["logs-dev", 168],
      ["sightings-dev", 168],
      ["trades-dev", 168],
    ]);
  });
});

it("the stream of flights is looked at where the parameter asks for it, by one invocation at a time", () => {
  const { ScaleDashflightsEventsRuleSchedule1: rule, ScaleDashflightsLambdaFunction: scaler } =
    service.template.Resources;
  expect(rule!.Properties).toMatchObject({
    ScheduleExpression: "rate(1 minute)",
    State: { "Fn::If": ["IsScaled", "ENABLED", "DISABLED"] },
  });
  expect(scaler!.Properties.ReservedConcurrentExecutions).toBe(1);
  expect(scaler!.Properties.Environment.Variables).toMatchObject({
    FLIGHTS_STREAM: { Ref: "Flights" },
    DRY_RUN: "true",
  });
});

it.each([
  ["Delays", "Flights"],
  ["Ticker", "Trades"],
])(
  "a schedule flushes what %s have open, of the stream that their mapping reads",
  (name, stream) => {
    const rule = service.template.Resources[`${name}EventsRuleSchedule1`];
    expect(rule!.Properties).toMatchObject({
      ScheduleExpression: "rate(1 minute)",
      State: "ENABLED",
      Targets: [{ Arn: { "Fn::GetAtt": [`${name}LambdaFunction`, "Arn"] } }],
    });
    const [{ Input }] = rule!.Properties.Targets;
    expect(JSON.parse(Input)).toEqual({ shardmillFlush: { streamName: nameOf(stream) } });
  },
);

it("there is a domain where the parameter asks for one, and log events go where it says", () => {
  const {
    SearchDomain: domain,
    LogsDashtoDashopensearchEventSourceMappingKinesisLogs: mapping,
    LogsDashtoDashopensearchLambdaFunction: indexer,
  } = service.template.Resources;
  expect(domain!.Condition).toBe("HasDomain");
  expect(domain!.Properties.DomainName).toBe("logs-dev");
  expect(domain!.Properties.DomainEndpointOptions.EnforceHTTPS).toBe(true);
  expect(mapping!.Properties.Enabled).toEqual({ "Fn::If": ["IsSearched", true, false] });
  const local = "http://localhost:9200";
  expect(indexer!.Properties.Environment.Variables.SEARCH_ENDPOINT).toEqual({
    "Fn::If": [
      "HasDomain",
      { "Fn::Sub": expect.stringContaining("SearchDomain.DomainEndpoint") },
      { "Fn::If": ["IsSearched", "", local] },
    ],
  });
  expect(functionOf("logs-to-opensearch").environment.SEARCH_ENDPOINT).toBe(local);
});

it("what the archive's sink remembers is kept as long as a record may come again, and two days", () => {
  const { LifecycleConfiguration } = service.template.Resources.ArchiveBucket!.Properties;
  const { retentionHours } = template.streams.find(({ logicalId }) => logicalId === "Orders")!;
  expect(LifecycleConfiguration.Rules).toEqual([
    {
      Id: "intents",
      Status: "Enabled",
      Prefix: "_shardmill/",
      ExpirationInDays: retentionHours / 24 + 2,
    },
  ]);
});

describe("what lives in tables and buckets", () => {
  const resources = (type: string) =>
    Object.entries(service.template.Resources).filter(([, { Type }]) => Type === type);
  /** Of the framework: it holds what was deployed, and goes with the stack. */
  const isOurs = ([logicalId]: [string, unknown]) => !logicalId.startsWith("ServerlessDeployment");

  it("stays when the stack goes, or when a change would replace it", () => {
    const kept = [
      ...resources("AWS::DynamoDB::Table"),
      ...resources("AWS::S3::Bucket").filter(isOurs),
    ];
    expect(kept.map(([logicalId]) => logicalId)).toEqual([
      "ProgressTable",
      "CountsTable",
      "DelaysTable",
      "MinutesTable",
      "AccountsTable",
      "ErrorsTable",
      "FailureBucket",
      "LogsBucket",
      "ArchiveBucket",
    ]);
    for (const [logicalId, { DeletionPolicy, UpdateReplacePolicy }] of kept) {
      expect([logicalId, DeletionPolicy, UpdateReplacePolicy]).toEqual([
        logicalId,
        "Retain",
        "Retain",
      ]);
    }
  });

  it.each(["ProgressTable", "AccountsTable"])(
    "cannot be deleted by mistake, and can be had as it was before one: %s",
    (logicalId) => {
      expect(service.template.Resources[logicalId]!.Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    },
  );

  it("is nothing for the public, and goes through TLS alone, in every bucket", () => {
    const policies = resources("AWS::S3::BucketPolicy");
    for (const [logicalId, { Properties }] of resources("AWS::S3::Bucket")) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      const [, policy] = policies.find(
        ([, { Properties }]) => Properties.Bucket.Ref === logicalId,
      )!;
      const [statement, ...more] = policy.Properties.PolicyDocument.Statement;
      expect(more).toEqual([]);
      expect(statement).toMatchObject({
        ...{ Effect: "Deny", Principal: "*", Action: "s3:*" },
        Condition: { Bool: { "aws:SecureTransport": false } },
      });
      // The bucket and all that is in it.
      const resource = JSON.stringify(statement.Resource);
      expect(
        resource.match(new RegExp(`"${logicalId}"|\\{${logicalId}\\.Arn\\}/\\*`, "g")),
      ).toHaveLength(2);
      expect(resource).toContain("/*");
    }
  });
});

it("the delivery stream writes a cleaned line into the partition of its day and status", async () => {
  const { handler } = await import("../../handlers/clean-logs.ts");
  const [{ name, properties }] = template.deliveryStreams as [TemplateDeliveryStream];
  const bucket = memoryBucket();
  const invoke = (event: unknown) => handler(event);
  const settings = properties as DeliveryStreamSettings;
  const [{ tableInput }] = template.glueTables as [TemplateGlueTable];
  const stream = createDeliveryStream({ name, settings, bucket, invoke, glueTable: tableInput });
  const line = '::1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 404 - "-" "curl"';
  stream.put(Buffer.from(line));
  stream.put(Buffer.from("no line of a log"));
  await stream.close();
  const keys = [...bucket.objects.keys()];
  expect(keys).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^logs\/day=2026-10-10\/status_class=4xx\/access-logs-dev-.*\.parquet$/,
      ),
      expect.stringMatching(/^failed\/processing-failed\/day=/),
    ]),
  );
  expect(keys).toHaveLength(2);
  expect(stream.warnings).toEqual([]);
  const bytes = bucket.objects.get(keys.find((key) => key.startsWith("logs/"))!)!.bytes;
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  // What the function writes is what the table has, column for column.
  expect(await parquetReadObjects({ file: file as ArrayBuffer })).toEqual([parseAccessLog(line)]);
});

it("a replay of the sample leaves Parquet with the counts of its lines, by day and class of status", async () => {
  const file = join(import.meta.dirname, "../../events/access.log");
  let out = "";
  const status = await replayCommand(["clean-logs", file, "--out", "lake", "--json"], {
    cwd: service.folder,
    readTemplate: async () => template,
    out: { write: (text) => (out += text) },
    err: { write: () => true },
    signal: new AbortController().signal,
  });
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  const expected: Record<string, { lines: number; bytes: number }> = {};
  let bad = 0;
  for (const line of lines) {
    const [, day, month, year, time, zone] =
      /\[(\d\d)\/(Nov)\/(\d{4}):([\d:]{8}) ([+-]\d{4})\]/.exec(line) ?? [];
    const [, code, bytes] = /" (\d{3}) (\d+|-) ".*" ".*"$/.exec(line) ?? [];
    if (!month || !code) bad++;
    else {
      const at = new Date(`${year}-11-${day}T${time}${zone}`);
      const key = `day=${at.toISOString().slice(0, 10)}/status_class=${code[0]}xx`;
      expected[key] ??= { lines: 0, bytes: 0 };
      expected[key].lines++;
      expected[key].bytes += bytes === "-" ? 0 : Number(bytes);
    }
  }
  const good = lines.length - bad;
  expect(bad).toBeGreaterThan(0);
  expect(JSON.parse(out)).toMatchObject({
    ...{ put: lines.length, transformed: good, dropped: 0, failed: bad, delivered: good, left: 0 },
    folders: [join(service.folder, "lake", nameOf("LogsBucket"))],
  });
  expect(status).toBe(1);

  const logs = join(service.folder, "lake", nameOf("LogsBucket"), "logs");
  const found: typeof expected = {};
  for (const path of (await readdir(logs, { recursive: true })).filter((path) =>
    path.endsWith(".parquet"),
  )) {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(logs, path)) });
    expect(found, "one object for each partition").not.toHaveProperty([dirname(path)]);
    const bytes = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
    found[dirname(path)] = { lines: rows.length, bytes };
  }
  expect(Object.keys(found).length).toBeGreaterThan(8);
  expect(found).toEqual(expected);
});

it("no partition of the table is named like a column, and the prefix has them all", () => {
  const [{ tableInput, databaseName, name }] = template.glueTables as [TemplateGlueTable];
  const names = (columns: readonly { readonly Name: string }[]) => columns.map(({ Name }) => Name);
  const partitions = names(tableInput.PartitionKeys);
  const columns = names(tableInput.StorageDescriptor.Columns);
  expect(columns.filter((column) => partitions.includes(column))).toEqual([]);
  const [{ properties }] = template.deliveryStreams as [TemplateDeliveryStream];
  const { Prefix, BucketARN, DataFormatConversionConfiguration } =
    properties.ExtendedS3DestinationConfiguration;
  const steps = partitions.map((key) => `${key}=!{partitionKeyFromLambda:${key}}/`);
  expect(Prefix).toBe(`logs/${steps.join("")}`);
  expect(tableInput.StorageDescriptor.Location).toBe(`s3://${BucketARN.split(":").at(-1)}/logs/`);
  expect(DataFormatConversionConfiguration.SchemaConfiguration).toMatchObject({
    DatabaseName: databaseName,
    TableName: name,
  });
});

describe("alarms and the dashboard", () => {
  const watched = () =>
    Object.entries(service.template.Resources).filter(([, { Type }]) =>
      /^AWS::(CloudWatch|SNS)::/.test(Type),
    );

  it("are made where the parameter asks for them", () => {
    expect(watched().map(([logicalId, { Condition }]) => [logicalId, Condition])).toEqual([
      ["AlarmTopic", "IsWatched"],
      ["AlarmSubscription", "HasEmail"],
      ["IteratorAgeAlarm", "IsWatched"],
      ["ParkedAlarm", "IsWatched"],
      ["AbandonedAlarm", "IsWatched"],
      ["FailuresAlarm", "IsWatched"],
      ["MoreFailuresAlarm", "IsWatched"],
      ["DiscardedAlarm", "IsWatched"],
      ["MoreDiscardedAlarm", "IsWatched"],
      ["ThrottlesAlarm", "IsWatched"],
      ["MoreThrottlesAlarm", "IsWatched"],
      ["ProgressThrottlesAlarm", "IsWatched"],
      ["ScalingAlarm", "IsWatched"],
      ["Dashboard", "IsWatched"],
    ]);
    expect(service.template.Conditions.IsWatched).toEqual({ "Fn::Equals": ["false", "true"] });
  });

  it("each alarm watches every function that it can be about", () => {
    const metrics = (logicalId: string) => {
      const { Metrics, MetricName, Dimensions } = service.template.Resources[logicalId]!.Properties;
      return (Metrics ?? [{ MetricStat: { Metric: { MetricName, Dimensions } } }]).flatMap(
        ({ MetricStat }: any) => MetricStat?.Metric ?? [],
      );
    };
    const named = (alarm: string) =>
      metrics(alarm).flatMap(({ Dimensions }: any) => Dimensions[0].Value.Ref);
    const all = template.functions.map(({ logicalId }) => logicalId);
    const readers = template.mappings.map(({ functionLogicalId }) => functionLogicalId);
    for (const what of ["Failures", "Throttles"]) {
      const watched = [...named(`${what}Alarm`), ...named(`More${what}Alarm`)];
      expect(watched.toSorted()).toEqual(all.toSorted());
    }
    expect(named("ProgressThrottlesAlarm")).toEqual(["ProgressTable", "ProgressTable"]);
    expect(named("IteratorAgeAlarm")).toEqual(readers);
    const consumers = (alarm: string) =>
      metrics(alarm).map(({ Dimensions }: any) => Dimensions[0].Value);
    expect(consumers("AbandonedAlarm")).toEqual(template.mappings.map(nameOfMapping));
    expect(consumers("ParkedAlarm")).toEqual(["orders", "orders-to-parquet", "logs-to-opensearch"]);
    const mappings = Object.keys(service.template.Resources).filter((id) =>
      /EventSourceMapping/.test(id),
    );
    for (const name of ["DroppedEventCount", "OnFailureDestinationDeliveredEventCount"]) {
      const watched = ["DiscardedAlarm", "MoreDiscardedAlarm"]
        .flatMap(metrics)
        .filter(({ MetricName }: any) => MetricName === name)
        .map(({ Dimensions }: any) => Dimensions[0].Value.Ref);
      expect(watched).toEqual(mappings);
    }
  });

  it("no alarm looks at more than the ten metrics that CloudWatch takes", () => {
    for (const [logicalId, { Properties }] of watched()) {
      const metrics = (Properties?.Metrics ?? []).filter(({ MetricStat }: any) => MetricStat);
      expect([logicalId, metrics.length <= 10]).toEqual([logicalId, true]);
    }
  });

  it("the dashboard is JSON", () => {
    const body = service.template.Resources.Dashboard!.Properties.DashboardBody["Fn::Sub"];
    const { widgets } = JSON.parse(body);
    expect(widgets).toHaveLength(6);
  });
});

const nameOfMapping = ({ functionLogicalId }: { readonly functionLogicalId?: string }) =>
  template.functions.find(({ logicalId }) => logicalId === functionLogicalId)!.names.at(-1);

const functionOf = (name: string) => template.functions.find(({ names }) => names.includes(name))!;

const named = () => [...template.streams, ...template.tables, ...template.buckets];
const arnOf = (logicalId: string) => named().find((one) => one.logicalId === logicalId)!.arn;
const nameOf = (logicalId: string) => named().find((one) => one.logicalId === logicalId)!.name;

/** Actions by the logical id of what they are allowed on, and what stands behind its ARN. */
function actionsByResource(statements: readonly PolicyStatement[]): Record<string, string[]> {
  const allowed: Record<string, string[]> = {};
  for (const { actions, resources } of statements) {
    for (const resource of resources) {
      const owner = named().find(({ arn }) => resource === arn || resource.startsWith(`${arn}/`));
      const [, logGroup] = /log-group:\/aws\/lambda\/shardmill-dev-(.+):\*$/.exec(resource) ?? [];
      if (resource === "*") {
        allowed[resource] = [...actions];
        continue;
      }
      const name = owner
        ? resource.replace(owner.arn, owner.logicalId)
        : logGroup
          ? functionOf(logGroup).logicalId.replace("LambdaFunction", "LogGroup")
          : resource;
      allowed[name] = [...(allowed[name] ?? []), ...actions].sort();
    }
  }
  return allowed;
}
