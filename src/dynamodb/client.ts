import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** Which table, and through which client. */
export interface DocumentClientOptions {
  /** @default the environment variable PROGRESS_TABLE */
  readonly tableName?: string | undefined;
  /**
   * Your own client, with its own retries and time-outs: a `DynamoDBClient`, or anything that
   * sends the commands of `@aws-sdk/lib-dynamodb`. @default one from the environment
   */
  readonly client?: DynamoDBClient | CommandSender;
}

export type CommandSender = Pick<DynamoDBDocumentClient, "send">;

/** The table's name; throws at start when there is none. */
export function tableNameOf(
  { tableName = process.env.PROGRESS_TABLE }: DocumentClientOptions,
  who: string,
): string {
  if (tableName) return tableName;
  throw new Error(
    `${who}: no table. Pass the tableName, or set the environment variable PROGRESS_TABLE on the function.`,
  );
}

export function documentClient({
  client = new DynamoDBClient({}),
}: DocumentClientOptions): CommandSender {
  if (!(client instanceof DynamoDBClient)) return client;
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Of error names: throttles, time-outs, faults of the server, lost connections, transactions that met. */
const transient =
  /Throttl|Throughput|RequestLimit|Timeout|Internal|Unavailable|Networking|TransactionConflict|TransactionInProgress/;

/** Whether the same call may succeed later: a throttle, a time-out, a server's fault, a lost connection. */
export function isTransient(error: unknown): boolean {
  const { name, code, $metadata } = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return (
    transient.test(name ?? "") ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOST|ENET)/.test(code ?? "")
  );
}
