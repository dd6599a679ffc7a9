/** `shardmill sql import`: one application as AWS describes it in five ways, the files that come of it, and the function that they are. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { build } from "esbuild";
import { testConsumer } from "shardmill/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { sqlCommand } from "../../packages/cli/src/sql/command.ts";
import { plan as planOf } from "../local/template/terraform.ts";
import { evenShards, taken } from "../producer/fake.ts";
import {
  arns,
  code,
  first,
  inputSchema,
  inputs,
  itemSchema,
  outputs,
  references,
} from "./sql-application.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeAll(async () => {
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, "sql-import-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const second = {
  ApplicationDetail: {
    ApplicationName: "ShopSales",
    RuntimeEnvironment: "SQL-1_0",
    ApplicationConfigurationDescription: {
      ApplicationCodeConfigurationDescription: { CodeContentDescription: { TextContent: code } },
      SqlApplicationConfigurationDescription: {
        InputDescriptions: inputs("Description"),
        OutputDescriptions: outputs("Description"),
        ReferenceDataSourceDescriptions: references("Description"),
      },
    },
  },
};
const beside = (service: string) => ({
  ...Object.fromEntries(
    outputs().map((Output, at) => [
      `Output${at}`,
      {
        Type: `${service}::ApplicationOutput`,
        Properties: { ApplicationName: { Ref: "App" }, Output },
      },
    ]),
  ),
  Table: {
    Type: `${service}::ApplicationReferenceDataSource`,
    Properties: { ApplicationName: { Ref: "App" }, ReferenceDataSource: references()[0] },
  },
});
const stream = { Type: "AWS::Kinesis::Stream", Properties: { Name: "sales", ShardCount: 1 } };
const readFromStream = (given: readonly object[]) => [
  { ...given[0], KinesisStreamsInput: { ResourceARN: { "Fn::GetAtt": ["Sales", "Arn"] } } },
];
const template = {
  Resources: {
    Sales: stream,
    App: {
      Type: "AWS::KinesisAnalytics::Application",
      Properties: {
        ApplicationName: "ShopSales",
        ApplicationCode: { "Fn::Join": ["\n", code.split("\n")] },
        Inputs: readFromStream(inputs()),
      },
    },
    ...beside("AWS::KinesisAnalytics"),
  },
};
const templateOfSecond = {
  Resources: {
    Sales: stream,
    App: {
      Type: "AWS::KinesisAnalyticsV2::Application",
      Properties: {
        ApplicationName: "ShopSales",
        RuntimeEnvironment: "SQL-1_0",
        ApplicationConfiguration: {
          ApplicationCodeConfiguration: { CodeContent: { TextContent: code } },
          SqlApplicationConfiguration: { Inputs: readFromStream(inputs()) },
        },
      },
    },
    ...beside("AWS::KinesisAnalyticsV2"),
  },
};
const recordFormat = (type: "JSON" | "CSV", v2 = false) => [
  {
    record_format_type: type,
    mapping_parameters: [
      type === "CSV"
        ? {
            [v2 ? "csv_mapping_parameters" : "csv"]: [
              { record_column_delimiter: ",", record_row_delimiter: "\n" },
            ],
          }
        : { [v2 ? "json_mapping_parameters" : "json"]: [{ record_row_path: "$" }] },
    ],
  },
];
const terraformColumns = (given: readonly { Name: string; SqlType: string; Mapping?: string }[]) =>
  given.map(({ Mapping, Name, SqlType }) => ({
    name: Name,
    sql_type: SqlType,
    mapping: Mapping ?? "",
  }));
const plan = planOf({
  "aws_kinesis_analytics_application.app": {
    values: {
      name: "ShopSales",
      code,
      inputs: [
        {
          name_prefix: "SALES",
          kinesis_stream: [{ resource_arn: arns.sales }],
          parallelism: [{ count: 1 }],
          starting_position_configuration: [{ starting_position: "TRIM_HORIZON" }],
          schema: [
            {
              record_encoding: "UTF-8",
              record_columns: terraformColumns(inputSchema.RecordColumns),
              record_format: recordFormat("JSON"),
            },
          ],
        },
      ],
      outputs: [
        {
          name: "MINUTES",
          kinesis_stream: [{ resource_arn: arns.minutes }],
          schema: [{ record_format_type: "JSON" }],
        },
        {
          name: "NAMED",
          kinesis_firehose: [{ resource_arn: arns.named }],
          schema: [{ record_format_type: "CSV" }],
        },
        {
          name: "DEAR",
          lambda: [{ resource_arn: arns.dear }],
          schema: [{ record_format_type: "JSON" }],
        },
        {
          name: "error_stream",
          kinesis_firehose: [{ resource_arn: arns.errors }],
          schema: [{ record_format_type: "JSON" }],
        },
      ],
      reference_data_sources: [
        {
          table_name: "Items",
          s3: [{ bucket_arn: arns.tables, file_key: "items.csv" }],
          schema: [
            {
              record_columns: terraformColumns(itemSchema.RecordColumns),
              record_format: recordFormat("CSV"),
            },
          ],
        },
      ],
    },
  },
});
const planOfSecond = planOf({
  "aws_kinesisanalyticsv2_application.app": {
    values: {
      name: "ShopSales",
      runtime_environment: "SQL-1_0",
      application_configuration: [
        {
          application_code_configuration: [{ code_content: [{ text_content: code }] }],
          sql_application_configuration: [
            {
              input: [
                {
                  name_prefix: "SALES",
                  kinesis_streams_input: [{ resource_arn: arns.sales }],
                  input_starting_position_configuration: [
                    { input_starting_position: "TRIM_HORIZON" },
                  ],
                  input_schema: [
                    {
                      record_column: terraformColumns(inputSchema.RecordColumns),
                      record_format: recordFormat("JSON", true),
                    },
                  ],
                },
              ],
              output: [
                {
                  name: "MINUTES",
                  kinesis_streams_output: [{ resource_arn: arns.minutes }],
                  destination_schema: [{ record_format_type: "JSON" }],
                },
                {
                  name: "NAMED",
                  kinesis_firehose_output: [{ resource_arn: arns.named }],
                  destination_schema: [{ record_format_type: "CSV" }],
                },
                {
                  name: "DEAR",
                  lambda_output: [{ resource_arn: arns.dear }],
                  destination_schema: [{ record_format_type: "JSON" }],
                },
                {
                  name: "error_stream",
                  kinesis_firehose_output: [{ resource_arn: arns.errors }],
                  destination_schema: [{ record_format_type: "JSON" }],
                },
              ],
              reference_data_source: [
                {
                  table_name: "Items",
                  s3_reference_data_source: [{ bucket_arn: arns.tables, file_key: "items.csv" }],
                  reference_schema: [
                    {
                      record_column: terraformColumns(itemSchema.RecordColumns),
                      record_format: recordFormat("CSV", true),
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  },
});

async function imported(name: string, given: unknown, ...args: readonly string[]) {
  const file = join(folder, name);
  await writeFile(file, typeof given === "string" ? given : JSON.stringify(given));
  const written = { out: "", err: "" };
  const status = await sqlCommand(["import", name, ...args], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    cwd: folder,
    now: () => Date.parse("2026-11-29T10:00:00Z"),
  });
  return { status, ...written };
}

const files = async (out: string) =>
  Object.fromEntries(
    await Promise.all(
      ["app.sql", "app.schema.json", "items.schema.json", "handler.ts", "serverless.part.yml"].map(
        async (name) => [
          name,
          (await readFile(join(folder, out, name), "utf8")).replaceAll(out, "OUT"),
        ],
      ),
    ),
  );

test("six descriptions of one application become the same files", async () => {
  const forms = { first, second, template, templateOfSecond, plan, planOfSecond };
  for (const [name, given] of Object.entries(forms)) {
    const { err, out, status } = await imported(`${name}.json`, given, "--out", name);
    expect(status, err).toBe(0);
    expect(out).toContain(`wrote  ${join(name, "handler.ts")}`);
    // That the source has one shard is all that is said: nothing is unknown.
    expect(err.split("\n").filter((line) => line.startsWith("-"))).toEqual([
      expect.stringMatching(/^- COUNTING: complete on a stream with one shard/),
    ]);
    expect(await files(name)).toEqual(await files("first"));
  }
  expect((await files("first"))["app.sql"]).toBe(code);
});

/** That the handler compiles says `types/programs.test.ts`. */
test("what it writes is a template that is one, and a schema that sql run takes", async () => {
  await imported("first.json", first, "--out", "compiled");
  const part = parse((await files("compiled"))["serverless.part.yml"]!, { logLevel: "silent" });
  expect(part.functions["shop-sales"].environment).toMatchObject({
    MINUTES_STREAM: "minutes",
    NAMED_DELIVERY_STREAM: "named",
    DEAR_FUNCTION: "dear",
    ITEMS_OBJECT: "s3://tables/items.csv",
  });
  expect(part.functions["shop-sales"].events[0].stream).toMatchObject({
    arn: arns.sales,
    startingPosition: "TRIM_HORIZON",
  });
  const status = await sqlCommand(
    [
      "check",
      join(folder, "compiled/app.sql"),
      "--schema",
      join(folder, "compiled/app.schema.json"),
      "--source",
      "SALES_001",
      "--reference",
      `Items=${await items()}`,
    ],
    { out: { write: () => {} }, err: { write: () => {} } },
  );
  expect(status).toBe(0);
});

async function items() {
  const file = join(folder, "items.csv");
  await writeFile(file, "id,name\na,Apple\n");
  return file;
}

test("the function counts, looks up, and gives its rows to the destinations that the application had", async () => {
  await imported("first.json", first, "--out", "running");
  const progress = join(folder, "running/progress.ts");
  await writeFile(
    progress,
    `import { memoryProgress } from "shardmill"; export const dynamodbProgress = () => memoryProgress();`,
  );
  const bundle = join(folder, "running/handler.mjs");
  await build({
    ...{ entryPoints: [join(folder, "running/handler.ts")], outfile: bundle, bundle: true },
    ...{ platform: "node", format: "esm" },
    external: ["@aws-sdk/*", "@middy/core"],
    plugins: [
      {
        name: "sources, and progress in memory",
        setup({ onResolve }) {
          onResolve({ filter: /^shardmill\/dynamodb$/ }, () => ({ path: progress }));
          onResolve({ filter: /^shardmill($|\/)/ }, ({ path }) => ({
            path: join(root, "src", `${path.split("/")[1] ?? "index"}.ts`),
          }));
        },
      },
    ],
  });
  for (const [name, value] of Object.entries({
    PROGRESS_TABLE: "p",
    MINUTES_STREAM: "minutes",
    NAMED_DELIVERY_STREAM: "named",
    DEAR_FUNCTION: "dear",
    ERROR_STREAM_DELIVERY_STREAM: "errors",
    ITEMS_OBJECT: "s3://tables/items.csv",
  }))
    vi.stubEnv(name, value);
  const sent: string[] = [];
  const text = (data: Uint8Array) => Buffer.from(data).toString("utf8");
  const send = (client: { prototype: { send: unknown } }, answer: (input: any) => unknown) =>
    vi
      .spyOn(client.prototype as any, "send")
      .mockImplementation(async (command: any) => answer(command.input));
  send(KinesisClient, ({ Records, StreamName }) => {
    if (!Records) return { Shards: evenShards(1) };
    for (const { Data } of Records) sent.push(`${StreamName} ${text(Data)}`);
    return { FailedRecordCount: 0, Records: Records.map((_: unknown, at: number) => taken(at)) };
  });
  send(FirehoseClient, ({ DeliveryStreamName, Records }) => {
    for (const { Data } of Records) sent.push(`${DeliveryStreamName} ${text(Data)}`);
    return { FailedPutCount: 0, RequestResponses: Records.map(() => ({})) };
  });
  let refusals = 1;
  send(LambdaClient, ({ FunctionName, Payload }) => {
    const { records } = JSON.parse(Payload);
    const isRefused = refusals-- > 0;
    for (const { data } of records)
      sent.push(
        `${FunctionName} ${isRefused ? "refused " : ""}${text(Buffer.from(data, "base64"))}`,
      );
    const result = isRefused ? "DeliveryFailed" : "Ok";
    return {
      Payload: Buffer.from(
        JSON.stringify({ records: records.map(({ recordId }: any) => ({ recordId, result })) }),
      ),
    };
  });
  send(S3Client, () => ({
    Body: {
      transformToByteArray: async () => Buffer.from('a,"Apple, red"\n'),
      transformToString: async () => 'a,"Apple, red"\n',
    },
    ETag: "1",
  }));
  try {
    const { handler } = await import(pathToFileURL(bundle).href);
    const t = await testConsumer(handler, { streamName: "sales" });
    await t.put(
      [
        { item: "a", price: 1 },
        { item: "b", price: 200 },
        { item: "a", price: "dear" },
      ],
      { partitionKey: ({ item }) => item },
    );
    await t.drain();
    // A minute later the first is complete.
    await t.clock.advance(60_000);
    await t.put([{ item: "a", price: 2 }], { partitionKey: ({ item }) => item });
    await t.drain();
    expect(sent.toSorted()).toEqual([
      'dear refused {"item":"b","price":200}',
      'dear {"item":"b","price":200}',
      expect.stringMatching(/^errors \{.*"ERROR_NAME".*\}\n$/),
      'minutes {"item":"a","sold":1}',
      'minutes {"item":"b","sold":1}',
      'named a,"Apple, red"\n',
      'named a,"Apple, red"\n',
      "named b,\n",
    ]);
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
});

test("files that are there stay, unless --force", async () => {
  expect((await imported("kept.json", first, "--out", "kept")).status).toBe(0);
  await writeFile(join(folder, "kept/handler.ts"), "mine");
  const again = await imported("kept.json", first, "--out", "kept");
  expect(again).toMatchObject({ status: 1, out: "" });
  expect(again.err).toMatch(/handler\.ts.*there already, so nothing was written.*--force/);
  expect(await readFile(join(folder, "kept/handler.ts"), "utf8")).toBe("mine");
  expect((await imported("kept.json", first, "--out", "kept", "--force")).status).toBe(0);
  expect(await readFile(join(folder, "kept/handler.ts"), "utf8")).not.toBe("mine");
});

test("what cannot be taken over is said", async () => {
  const given = {
    ApplicationName: "Odd",
    ApplicationCode: `CREATE STREAM O (T TIMESTAMP, K VARCHAR(4));
      CREATE PUMP P AS INSERT INTO O SELECT STREAM CURRENT_TIMESTAMP, "item" FROM "SALES_001";
      CREATE PUMP Q AS INSERT INTO O SELECT STREAM CURRENT_TIMESTAMP, "item" FROM "SALES_001" WHERE 'SALES_002' <> '';`,
    Inputs: [
      {
        NamePrefix: "SALES",
        KinesisFirehoseInput: { ResourceARN: arns.named },
        InputParallelism: { Count: 2 },
        InputProcessingConfiguration: { InputLambdaProcessor: { ResourceARN: arns.dear } },
        InputSchema: inputSchema,
      },
    ],
    Outputs: [{ Name: "O" }],
    ReferenceDataSources: [{ TableName: "T", ReferenceSchema: itemSchema }],
  };
  const { err, status } = await imported("odd.json", given);
  expect(status).toBe(0);
  for (const said of [
    /reads SALES_002 too/,
    /went through arn:aws:lambda.*decode/,
    /is the delivery stream .*which Lambda does not read/,
    /The output O has no destination/,
    /reference table T stands in S3 is not known/,
    /startedAt says 2026-11-29T10:00:00.000Z/,
    /It has no output/,
  ])
    expect(err).toMatch(said);
});

test("an application whose SQL is refused is written all the same, and the place is said", async () => {
  const broken = structuredClone(first);
  broken.ApplicationDetail.ApplicationCode =
    'CREATE STREAM "O" (A INTEGER);\nCREATE PUMP P AS INSERT INTO "O" SELECT STREAM "nothing" FROM "SALES_001";';
  const { err, status } = await imported("broken.json", broken, "--out", "broken");
  expect(status).toBe(1);
  expect(err).toMatch(/app\.sql:2:48: SALES_001 has no column "nothing"/);
  expect(existsSync(join(folder, "broken/app.sql"))).toBe(true);
});

test("what is no application is refused in a sentence", async () => {
  const refused = async (name: string, given: unknown, ...args: readonly string[]) =>
    (await imported(name, given, ...args)).err;
  expect(await refused("main.tf", "resource {}")).toMatch(/Terraform's own.*terraform show -json/);
  expect(await refused("none.json", { Resources: { Sales: stream } })).toMatch(
    /no application of Kinesis Analytics/,
  );
  expect(
    await refused("flink.json", {
      ApplicationName: "F",
      RuntimeEnvironment: "FLINK-1_20",
      ApplicationConfiguration: {},
    }),
  ).toMatch(/runs FLINK-1_20, which is no SQL/);
  expect(
    await refused("bare.json", { ApplicationName: "F", RuntimeEnvironment: "SQL-1_0" }),
  ).toMatch(/the SQL of F is not there/);
  const two = {
    Resources: {
      ...template.Resources,
      Other: {
        ...template.Resources.App,
        Properties: { ...template.Resources.App.Properties, ApplicationName: "Other" },
      },
    },
  };
  expect(await refused("two.json", two)).toMatch(
    /several: name one with --application ShopSales or Other/,
  );
  expect(await refused("two.json", two, "--application", "Third")).toMatch(
    /no application Third: it has ShopSales, Other/,
  );
});
