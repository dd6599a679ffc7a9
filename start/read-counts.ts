import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import type { DynamoDb } from "../packages/local/src/dynamodb/index.ts";
import type { Airport } from "./report.ts";

/** What the table says of each airport, or of each airport and ten minutes. */
export async function readCounts(dynamodb: DynamoDb): Promise<Map<string, Airport>> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamodb.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    }),
  );
  const counts = new Map<string, Airport>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: "counts" })) {
    for (const { airport, flights, delay, ...row } of Items) {
      const group = row.ORIGIN === undefined ? airport : `${row.ORIGIN} ${row.TEN_MINUTES}`;
      const before = counts.get(group) ?? { flights: 0, delay: 0 };
      counts.set(group, {
        flights: before.flights + (flights ?? row.FLIGHTS),
        delay: before.delay + (delay ?? row.DELAY),
      });
    }
  }
  client.destroy();
  return counts;
}
