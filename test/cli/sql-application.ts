/** One application of Kinesis Analytics: its SQL, its input, outputs and reference table, as AWS describes them. */

export const code = `CREATE OR REPLACE STREAM "MINUTES" ("item" VARCHAR(8), "sold" INTEGER);
CREATE OR REPLACE PUMP "COUNTING" AS INSERT INTO "MINUTES"
  SELECT STREAM "item", COUNT(*) FROM "SALES_001" GROUP BY "item", STEP("SALES_001".ROWTIME BY INTERVAL '60' SECOND);
CREATE OR REPLACE STREAM "NAMED" ("item" VARCHAR(8), "name" VARCHAR(20));
CREATE OR REPLACE PUMP "NAMING" AS INSERT INTO "NAMED"
  SELECT STREAM S."item", I."name" FROM "SALES_001" AS S LEFT JOIN "Items" AS I ON S."item" = I."id";
CREATE OR REPLACE STREAM "DEAR" ("item" VARCHAR(8), "price" DOUBLE);
CREATE OR REPLACE PUMP "WATCHING" AS INSERT INTO "DEAR" SELECT STREAM "item", "price" FROM "SALES_001" WHERE "price" > 100;
`;
export const arns = {
  sales: "arn:aws:kinesis:us-east-1:123456789012:stream/sales",
  minutes: "arn:aws:kinesis:us-east-1:123456789012:stream/minutes",
  named: "arn:aws:firehose:us-east-1:123456789012:deliverystream/named",
  dear: "arn:aws:lambda:us-east-1:123456789012:function:dear",
  errors: "arn:aws:firehose:us-east-1:123456789012:deliverystream/errors",
  tables: "arn:aws:s3:::tables",
};
export const inputSchema = {
  RecordFormat: {
    RecordFormatType: "JSON",
    MappingParameters: { JSONMappingParameters: { RecordRowPath: "$" } },
  },
  RecordEncoding: "UTF-8",
  RecordColumns: [
    { Name: "item", SqlType: "VARCHAR(8)", Mapping: "$.item" },
    { Name: "price", SqlType: "DOUBLE", Mapping: "$.price" },
  ],
};
const csv = { RecordRowDelimiter: "\n", RecordColumnDelimiter: "," };
export const itemSchema = {
  RecordFormat: { RecordFormatType: "CSV", MappingParameters: { CSVMappingParameters: csv } },
  RecordColumns: [
    { Name: "id", SqlType: "VARCHAR(8)" },
    { Name: "name", SqlType: "VARCHAR(20)" },
  ],
};

/** `end`: "Description" in answers. */
export const inputs = (end = "") => [
  {
    NamePrefix: "SALES",
    [`KinesisStreamsInput${end}`]: { ResourceARN: arns.sales },
    InputParallelism: { Count: 1 },
    InputSchema: inputSchema,
    InputStartingPositionConfiguration: { InputStartingPosition: "TRIM_HORIZON" },
  },
];
export const outputs = (end = "") => {
  const to = (Name: string, kind: string, ResourceARN: string, RecordFormatType = "JSON") => ({
    ...{ Name, [`${kind}Output${end}`]: { ResourceARN }, DestinationSchema: { RecordFormatType } },
  });
  return [
    to("MINUTES", "KinesisStreams", arns.minutes),
    to("NAMED", "KinesisFirehose", arns.named, "CSV"),
    to("DEAR", "Lambda", arns.dear),
    to("error_stream", "KinesisFirehose", arns.errors),
  ];
};
export const references = (end = "") => [
  {
    TableName: "Items",
    [`S3ReferenceDataSource${end}`]: { BucketARN: arns.tables, FileKey: "items.csv" },
    ReferenceSchema: itemSchema,
  },
];

export const first = {
  ApplicationDetail: {
    ApplicationName: "ShopSales",
    ApplicationCode: code,
    InputDescriptions: inputs("Description"),
    OutputDescriptions: outputs("Description"),
    ReferenceDataSourceDescriptions: references("Description"),
  },
};
