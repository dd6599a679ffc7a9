/** Projects of Terraform and OpenTofu: their plan or state in JSON is read as a template. */
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project } from "./project.ts";
import { plan, type Resources, refers, state } from "./terraform.ts";

const handler = { "src/index.ts": "export const handler = () => {};" };

const read = async (
  document: object,
  files: Readonly<Record<string, string | object>> = handler,
) => {
  const cwd = project({ "tfplan.json": document, ...files });
  return { cwd, ...(await readTemplate({ cwd })) };
};

const billing = {
  values: {
    ...{ function_name: "billing", handler: "index.handler", runtime: "nodejs24.x" },
    ...{ timeout: 60, memory_size: 256, filename: "build/billing.zip" },
    ...{ reserved_concurrent_executions: -1, layers: null, architectures: ["arm64"] },
    environment: [{ variables: { STAGE: "test" } }],
  },
  unknown: { arn: true, environment: [{ variables: {} }] },
};

const archive = {
  "data.archive_file.billing": {
    values: { type: "zip", source_dir: "./src", output_path: "./build/billing.zip" },
  },
};

const shop: Resources = {
  ...archive,
  "aws_kinesis_stream.orders": {
    values: { name: "orders", shard_count: 2, retention_period: 48, stream_mode_details: [] },
    unknown: { arn: true, id: true },
  },
  "aws_lambda_function.billing": billing,
  "aws_sqs_queue.late": { values: { name: "late" }, unknown: { arn: true, url: true } },
  "aws_lambda_event_source_mapping.orders": {
    values: {
      ...{ batch_size: 50, starting_position: "TRIM_HORIZON", enabled: true, topics: null },
      ...{ bisect_batch_on_function_error: true, maximum_retry_attempts: 4 },
      ...{ function_response_types: ["ReportBatchItemFailures"] },
      filter_criteria: [{ filter: [{ pattern: '{"data":{"total":[{"numeric":[">",0]}]}}' }] }],
      destination_config: [{ on_failure: [{}] }],
    },
    unknown: {
      ...{ event_source_arn: true, function_name: true, maximum_record_age_in_seconds: true },
      destination_config: [{ on_failure: [{ destination_arn: true }] }],
      filter_criteria: [{ filter: [{}] }],
    },
    expressions: {
      event_source_arn: refers("aws_kinesis_stream.orders.arn"),
      function_name: refers("aws_lambda_function.billing.arn"),
      destination_config: [{ on_failure: [{ destination_arn: refers("aws_sqs_queue.late.arn") }] }],
    },
  },
};

const inIreland = (service: string, name: string) =>
  `arn:aws:${service}:eu-west-1:123456789012:${name}`;

describe("a plan of Terraform", () => {
  it("has streams, functions and mappings as a template has them", async () => {
    const { cwd, format, region, streams, functions, mappings, unsupported } = await read(
      plan(shop),
    );
    expect({ format, region, unsupported }).toEqual({
      ...{ format: "terraform", region: "eu-west-1", unsupported: [] },
    });
    expect(streams).toMatchObject([
      { name: "orders", shards: 2, retentionHours: 48, isExternal: false },
    ]);
    expect(functions).toMatchObject([
      {
        ...{ name: "billing", timeout: 60, memorySize: 256, environment: { STAGE: "test" } },
        names: ["billing", "aws_lambda_function.billing"],
        source: { file: join(cwd, "src/index.ts"), exportName: "handler" },
      },
    ]);
    expect(mappings).toMatchObject([
      {
        functionLogicalId: "aws_lambda_function.billing",
        streamArn: inIreland("kinesis", "stream/orders"),
      },
    ]);
    expect(mappings[0]!.settings).toEqual({
      ...{ batchSize: 50, startingPosition: "TRIM_HORIZON", enabled: true },
      ...{ bisectBatchOnFunctionError: true, maximumRetryAttempts: 4 },
      functionResponseTypes: ["ReportBatchItemFailures"],
      filterCriteria: { filters: [{ pattern: '{"data":{"total":[{"numeric":[">",0]}]}}' }] },
      destinationConfig: { onFailure: { destination: inIreland("sqs", "late") } },
    });
  });

  it("says where in the .tf files something stands", async () => {
    const source = [
      'resource "aws_lambda_event_source_mapping" "orders" {',
      "  event_source_arn = aws_kinesis_stream.orders.arn",
      "  batch_size       = 50",
      "}",
    ].join("\n");
    const { cwd, mappings } = await read(plan(shop), { ...handler, "main.tf": source });
    const [{ place, propertyPlaces }] = mappings as any;
    expect(place).toEqual({ file: join(cwd, "main.tf"), line: 1 });
    expect(propertyPlaces.BatchSize).toEqual({ file: join(cwd, "main.tf"), line: 3 });
  });

  it("gives what a module takes and gives to the resources in it", async () => {
    const { mappings, streams } = await read(
      plan(
        {
          ...archive,
          'module.stream["eu"].aws_kinesis_stream.this': {
            values: { name: "orders-eu" },
            unknown: { arn: true },
          },
          'module.stream["us"].aws_kinesis_stream.this': {
            values: { name: "orders-us" },
            unknown: { arn: true },
          },
          "module.consumer.aws_lambda_function.this": billing,
          "module.consumer.aws_lambda_event_source_mapping.this": {
            values: { starting_position: "LATEST" },
            unknown: { event_source_arn: true, function_name: true },
            expressions: {
              event_source_arn: refers("var.stream_arn"),
              function_name: refers("aws_lambda_function.this.function_name"),
            },
          },
        },
        {
          stream: {
            source: "./stream",
            outputs: { arn: { expression: refers("aws_kinesis_stream.this.arn") } },
          },
          consumer: {
            source: "./consumer",
            expressions: { stream_arn: refers('module.stream["us"].arn') },
          },
        },
      ),
    );
    expect(streams.map(({ name }) => name)).toEqual(["orders-eu", "orders-us"]);
    expect(mappings).toMatchObject([{ streamArn: inIreland("kinesis", "stream/orders-us") }]);
  });

  it("takes of several instances the one with the same index", async () => {
    const each = (index: string) => ({
      [`aws_kinesis_stream.all[${index}]`]: {
        values: { name: `orders-${index.replaceAll('"', "")}` },
        unknown: { arn: true },
      },
      [`aws_lambda_event_source_mapping.all[${index}]`]: {
        values: { starting_position: "LATEST" },
        unknown: { event_source_arn: true, function_name: true },
        expressions: {
          // Of an index that is worked out, Terraform says the resource alone.
          event_source_arn: { references: ["aws_kinesis_stream.all", "each.key", "count.index"] },
          function_name: refers("aws_lambda_function.billing.arn"),
        },
      },
    });
    for (const [first, second] of [
      ['"eu"', '"us"'],
      ["0", "1"],
    ] as const) {
      const { mappings } = await read(
        plan({
          ...{ ...archive, "aws_lambda_function.billing": billing },
          ...{ ...each(first), ...each(second) },
        }),
      );
      expect(mappings.map(({ streamArn }) => streamArn)).toEqual(
        [first, second].map((index) =>
          inIreland("kinesis", `stream/orders-${index.replaceAll('"', "")}`),
        ),
      );
    }
  });

  it("follows each.value to what for_each goes over", async () => {
    const { mappings } = await read(
      plan({
        ...{ ...archive, "aws_lambda_function.billing": billing },
        'aws_kinesis_stream.all["eu"]': { values: { name: "eu" }, unknown: { arn: true } },
        'aws_kinesis_stream.all["us"]': { values: { name: "us" }, unknown: { arn: true } },
        'aws_lambda_event_source_mapping.all["us"]': {
          values: { starting_position: "LATEST", function_name: "billing" },
          unknown: { event_source_arn: true },
          expressions: { event_source_arn: { references: ["each.value.arn", "each.value"] } },
          forEach: ["aws_kinesis_stream.all"],
        },
      }),
    );
    expect(mappings).toMatchObject([{ streamArn: inIreland("kinesis", "stream/us") }]);
  });

  describe("that does not say which of several values a variable gets", () => {
    const variables = {
      ...shop,
      "aws_lambda_function.billing": {
        ...billing,
        unknown: { environment: [{ variables: { QUEUE: true, STREAM: true } }] },
        expressions: {
          environment: [
            { variables: refers("aws_sqs_queue.late.url", "aws_kinesis_stream.orders.arn") },
          ],
        },
      },
    };

    it("has it from the .tf files, through a local value too", async () => {
      const { functions } = await read(plan(variables), {
        ...handler,
        "main.tf": [
          'resource "aws_lambda_function" "billing" {',
          "  environment {",
          "    variables = {",
          "      QUEUE  = aws_sqs_queue.late.url",
          "      STREAM = local.stream",
          "    }",
          "  }",
          "}",
        ].join("\n"),
        "locals.tf": "locals {\n  stream = aws_kinesis_stream.orders.arn\n}\n",
      });
      expect(functions[0]!.environment).toEqual({
        STAGE: "test",
        QUEUE: "https://sqs.eu-west-1.amazonaws.com/123456789012/late",
        STREAM: inIreland("kinesis", "stream/orders"),
      });
    });

    it("leaves it out where there are none, and says so", async () => {
      const { functions, unsupported } = await read(plan(variables));
      expect(functions[0]!.environment).toEqual({ STAGE: "test" });
      expect(unsupported.map(({ path, why }) => [path, why])).toEqual(
        ["QUEUE", "STREAM"].map((name) => [
          `Properties.Environment.Variables.${name}`,
          "It comes from aws_sqs_queue.late.url, aws_kinesis_stream.orders.arn, and is known once it is applied: the state says it (terraform show -json).",
        ]),
      );
    });
  });

  it("has tables, topics and delivery streams as far as S3", async () => {
    const { tables, topics, deliveryStreams, unsupported } = await read(
      plan({
        ...shop,
        "aws_dynamodb_table.progress": {
          values: {
            ...{
              name: "progress",
              hash_key: "pk",
              range_key: "sk",
              billing_mode: "PAY_PER_REQUEST",
            },
            attribute: [
              { name: "pk", type: "S" },
              { name: "sk", type: "S" },
            ],
            ttl: [{ attribute_name: "expiresAt", enabled: true }],
            global_secondary_index: [],
          },
        },
        "aws_sns_topic.news": { values: { name: "news" }, unknown: { arn: true } },
        "aws_sns_topic_subscription.news": {
          values: { protocol: "sqs", raw_message_delivery: true },
          unknown: { topic_arn: true, endpoint: true },
          expressions: {
            topic_arn: refers("aws_sns_topic.news.arn"),
            endpoint: refers("aws_sqs_queue.late.arn"),
          },
        },
        "aws_s3_bucket.lake": { values: { bucket: "lake" }, unknown: { arn: true } },
        "aws_kinesis_firehose_delivery_stream.lake": {
          values: {
            ...{ name: "lake", destination: "extended_s3", kinesis_source_configuration: [{}] },
            extended_s3_configuration: [
              {
                buffering_size: 64,
                buffering_interval: 60,
                compression_format: "GZIP",
                prefix: "o/",
              },
            ],
          },
          unknown: {
            kinesis_source_configuration: [{ kinesis_stream_arn: true }],
            extended_s3_configuration: [{ bucket_arn: true }],
          },
          expressions: {
            kinesis_source_configuration: [
              { kinesis_stream_arn: refers("aws_kinesis_stream.orders.arn") },
            ],
            extended_s3_configuration: [{ bucket_arn: refers("aws_s3_bucket.lake.arn") }],
          },
        },
        "aws_iam_role.billing": { values: { name: "billing" } },
        "aws_instance.other": { values: {} },
      }),
    );
    expect(tables).toMatchObject([
      {
        keySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        ...{ billingMode: "PAY_PER_REQUEST", timeToLive: "expiresAt" },
      },
    ]);
    expect(topics).toMatchObject([
      {
        name: "news",
        subscriptions: [{ protocol: "sqs", endpoint: inIreland("sqs", "late") }],
      },
    ]);
    expect(deliveryStreams.map(({ properties }) => properties)).toEqual([
      {
        ...{ DeliveryStreamName: "lake", DeliveryStreamType: "KinesisStreamAsSource" },
        KinesisStreamSourceConfiguration: {
          KinesisStreamARN: inIreland("kinesis", "stream/orders"),
        },
        ExtendedS3DestinationConfiguration: {
          BucketARN: "arn:aws:s3:::lake",
          BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
          ...{ CompressionFormat: "GZIP", Prefix: "o/" },
        },
      },
    ]);
    expect(unsupported).toMatchObject([
      { logicalId: "aws_instance.other", why: "Nothing of this type runs here." },
    ]);
  });

  it("leaves out a mapping whose stream it does not know", async () => {
    const mapping = shop["aws_lambda_event_source_mapping.orders"]!;
    const { mappings, unsupported } = await read(
      plan({
        ...shop,
        "aws_lambda_event_source_mapping.orders": {
          ...mapping,
          expressions: {
            ...mapping.expressions,
            event_source_arn: { references: ["data.aws_kinesis_stream.other"] },
          },
        },
      }),
    );
    expect(mappings).toEqual([]);
    expect(unsupported.map(({ why }) => why)).toEqual([
      "It comes from data.aws_kinesis_stream.other, and is known once it is applied: the state says it (terraform show -json).",
      "Without EventSourceArn it reads nothing.",
    ]);
  });
});

describe("the code of a function of Terraform", () => {
  const withCode = (values: object, files: Readonly<Record<string, string>>, more = {}) =>
    read(
      plan(
        {
          ...more,
          "aws_lambda_function.billing": {
            values: { ...billing.values, filename: null, ...values },
          },
        },
        {},
      ),
      files,
    );

  it.each([
    ["what archive_file packs", "src/index.ts", { filename: "build/billing.zip" }, archive],
    ["a folder of the archive's name", "build/billing/index.js", { filename: "build/billing.zip" }],
    [
      "what is put into the bucket",
      "src/index.ts",
      { s3_bucket: "code", s3_key: "b.zip" },
      {
        ...archive,
        "aws_s3_object.code": { values: { key: "b.zip", source: "build/billing.zip" } },
      },
    ],
  ])("is %s", async (_, file, values, more: Resources = {}) => {
    const { cwd, functions } = await withCode(
      values,
      { [file]: "exports.handler = () => {};" },
      more,
    );
    expect(functions[0]?.source.file).toBe(join(cwd, file));
  });

  it("is unpacked where there is an archive alone", async () => {
    const zip = zipSync({ "index.js": Buffer.from("exports.handler = () => 1;") });
    const cwd = project({
      "tfplan.json": plan({ "aws_lambda_function.billing": billing }),
    });
    const { mkdirSync, readFileSync, writeFileSync } = await import("node:fs");
    mkdirSync(join(cwd, "build"));
    writeFileSync(join(cwd, "build/billing.zip"), zip);
    for (const _ of ["once", "again"]) {
      const [found] = (await readTemplate({ cwd })).functions;
      expect(found?.source.file).toMatch(/\.shardmill\/code\/\w{16}\/index\.js$/);
      expect(readFileSync(found!.source.file, "utf8")).toBe("exports.handler = () => 1;");
    }
    writeFileSync(join(cwd, "build/billing.zip"), "PK, and no more");
    const { unsupported } = await readTemplate({ cwd });
    expect(unsupported[0]!.why).toMatch(/billing\.zip cannot be unpacked: .* Build it again\.$/);
  });

  it.each([
    [{ filename: "build/billing.zip" }, /build\/billing\.zip, which is not there: build it/],
    [
      { s3_bucket: "code", s3_key: "b.zip" },
      /^Its code is in S3\. .* Call shardmill from the folder of its source/,
    ],
    [{}, /does not say where its code is/],
  ])("that is not here is missed in one sentence: %j", async (values, why) => {
    const { unsupported } = await withCode(values, {});
    expect(unsupported.map((one) => one.why)).toEqual([expect.stringMatching(why)]);
  });
});

describe("a state of Terraform", () => {
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:eu-north-1:111122223333:${name}`;

  it("has the ARNs of an account, in whose place are ours", async () => {
    const { region, mappings, functions, streams } = await read(
      state({
        ...archive,
        "aws_kinesis_stream.orders": {
          values: { name: "orders", shard_count: 1, arn: arn("kinesis", "stream/orders") },
        },
        "aws_lambda_function.billing": {
          values: {
            ...billing.values,
            arn: arn("lambda", "function:billing"),
            environment: [{ variables: { STREAM: arn("kinesis", "stream/orders") } }],
          },
        },
        "aws_lambda_event_source_mapping.orders": {
          values: {
            ...{ event_source_arn: arn("kinesis", "stream/orders"), starting_position: "LATEST" },
            ...{ function_name: arn("lambda", "function:billing"), maximum_retry_attempts: -1 },
            ...{ destination_config: [], filter_criteria: [], starting_position_timestamp: "" },
          },
        },
      }),
    );
    const local = "arn:aws:kinesis:eu-north-1:123456789012:stream/orders";
    expect({ region, streams: streams.length }).toEqual({ region: "eu-north-1", streams: 1 });
    expect(functions[0]!.environment).toEqual({ STREAM: local });
    expect(mappings).toMatchObject([
      { streamArn: local, settings: { startingPosition: "LATEST", maximumRetryAttempts: -1 } },
    ]);
  });
});

describe("what Terraform keeps for itself", () => {
  it.each([
    ["a folder of .tf files", { "main.tf": "" }, undefined],
    ["a .tf file", { "main.tf": "" }, "main.tf"],
    ["a plan that is not JSON", { tfplan: "PK\u0003\u0004" }, "tfplan"],
    [
      "the state file",
      { "terraform.tfstate": { terraform_version: "1.11.4", version: 4, resources: [] } },
      "terraform.tfstate",
    ],
  ] as const)("%s is refused with the command that makes JSON of it", async (_, files, file) => {
    const cwd = project(files as Record<string, string | object>);
    await expect(readTemplate({ cwd, ...(file && { file }) })).rejects.toThrow(
      "terraform plan -out=tfplan && terraform show -json tfplan > tfplan.json (OpenTofu: tofu), then --template tfplan.json.",
    );
  });

  it("a plan with nothing in it is refused", async () => {
    await expect(read(plan({}))).rejects.toThrow("There are no resources in it.");
  });
});
