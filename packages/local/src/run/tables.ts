/** The template's tables, in a DynamoDB of this machine. */
import type { TemplateTable } from "../template/types.ts";
import { callService, dynamodbProtocol } from "./call-service.ts";

/** Creates the tables that are not there yet. */
export async function createTables(
  endpoint: string,
  tables: readonly TemplateTable[],
): Promise<void> {
  await Promise.all(tables.map((table) => createTable(endpoint, table)));
}

async function createTable(endpoint: string, table: TemplateTable): Promise<void> {
  const call = (operation: string, input: object) =>
    callService(endpoint, dynamodbProtocol, operation, { TableName: table.name, ...input });
  try {
    await call("CreateTable", tableInput(table));
  } catch (error) {
    if ((error as Error).name === "ResourceInUseException") return;
    const place = `${table.place.file}${table.place.line ? `:${table.place.line}` : ""}`;
    const { message } = error as Error;
    throw new Error(`Table ${table.logicalId} (${place}) cannot be created: ${message}`, {
      cause: error,
    });
  }
  if (table.timeToLive === undefined) return;
  const timeToLive = { Enabled: true, AttributeName: table.timeToLive };
  await call("UpdateTimeToLive", { TimeToLiveSpecification: timeToLive });
}

function tableInput(table: TemplateTable): object {
  const { globalSecondaryIndexes, localSecondaryIndexes, properties } = table;
  return {
    KeySchema: table.keySchema,
    AttributeDefinitions: table.attributeDefinitions,
    BillingMode: table.billingMode,
    ...(table.billingMode === "PROVISIONED" && {
      ProvisionedThroughput: throughput(properties.ProvisionedThroughput),
    }),
    ...(globalSecondaryIndexes.length > 0 && {
      GlobalSecondaryIndexes: globalSecondaryIndexes.map((index) => indexInput(index, table)),
    }),
    ...(localSecondaryIndexes.length > 0 && {
      LocalSecondaryIndexes: localSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
        ...{ IndexName, KeySchema, Projection },
      })),
    }),
  };
}

function indexInput(
  { IndexName, KeySchema, Projection, ProvisionedThroughput }: Readonly<Record<string, any>>,
  { billingMode }: TemplateTable,
): object {
  return {
    ...{ IndexName, KeySchema, Projection },
    ...(billingMode === "PROVISIONED" && {
      ProvisionedThroughput: throughput(ProvisionedThroughput),
    }),
  };
}

/** CloudFormation takes numbers as text too; the API does not. */
function throughput(given: Readonly<Record<string, unknown>> = {}): object {
  const units = (value: unknown) => Math.max(1, Number(value) || 1);
  return {
    ReadCapacityUnits: units(given.ReadCapacityUnits),
    WriteCapacityUnits: units(given.WriteCapacityUnits),
  };
}
