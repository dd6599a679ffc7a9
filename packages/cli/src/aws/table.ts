/** The table with progress and parked records, as a command line names it. */
import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { explainAwsError, isAwsError } from "../aws/client.ts";

export const documentClient = (config: ConstructorParameters<typeof DynamoDBClient>[0]) =>
  DynamoDBDocumentClient.from(new DynamoDBClient(config ?? {}), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Rejects, saying why, where there is no such table, or one with other keys. */
export async function checkTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  const description = await client
    .send(new DescribeTableCommand({ TableName: table }))
    .catch(async (error: Error) => {
      // Whoever may read it need not be allowed to look at it.
      if (error.name === "AccessDeniedException") return undefined;
      throw await explainTableError(error, client, table);
    });
  if (!description?.Table) return;
  const { KeySchema = [], AttributeDefinitions = [] } = description.Table;
  const keys = KeySchema.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find((one) => one.AttributeName === AttributeName);
    return `${AttributeName} (${KeyType}, ${type?.AttributeType})`;
  });
  if (keys.join(", ") === keysWanted) return;
  throw new Error(
    `the table ${table} has the keys ${keys.join(", ")}, and progress needs ${keysWanted}. Is it another table?`,
  );
}

const keysWanted = "pk (HASH, S), sk (RANGE, S)";

/** An error of our own stays as it is. */
export async function explainTableError(
  error: unknown,
  client: DynamoDBDocumentClient,
  table: string,
): Promise<unknown> {
  if (!isAwsError(error)) return error;
  return explainAwsError(error, {
    ...{ what: `table ${table}`, name: table, client },
    others: async () => (await client.send(new ListTablesCommand({}))).TableNames ?? [],
  });
}
