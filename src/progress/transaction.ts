import * as dynamodbLimits from "../aws/dynamodb/limits.ts";

/** One write of a transaction, as `TransactWriteCommand` of `@aws-sdk/lib-dynamodb` takes it. */
export type TransactionWrite =
  | { readonly Put: WriteFields & { readonly Item: Attributes } }
  | {
      readonly Update: WriteFields & {
        readonly Key: Attributes;
        readonly UpdateExpression: string;
      };
    }
  | { readonly Delete: WriteFields & { readonly Key: Attributes } }
  | {
      readonly ConditionCheck: WriteFields & {
        readonly Key: Attributes;
        readonly ConditionExpression: string;
      };
    };

interface WriteFields {
  readonly TableName: string | undefined;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

type Attributes = Readonly<Record<string, unknown>>;

/** One of a transaction's is the log's entry. */
export const writesAtMost = dynamodbLimits.transaction - 1;

/** Names the item that a write touches, where that can be told: a `Put` does not say what its key is. */
export function itemOf(write: TransactionWrite): string {
  const { TableName, Key, Item } = Object.values(write)[0] as {
    TableName: string;
    Key?: Attributes;
    Item?: Attributes;
  };
  const attributes = Object.entries(Key ?? Item ?? {}).sort();
  // DynamoDB knows one kind of number.
  const asText = (_: string, value: unknown) =>
    typeof value === "bigint" || typeof value === "number" ? `${value}n` : value;
  return `${TableName} ${JSON.stringify(attributes, asText)}`;
}
