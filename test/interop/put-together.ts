import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";

/** Puts records with these ids in one request, so that they come in one batch however slow the machine is. */
export async function putTogether(
  endpoint: string,
  StreamName: string,
  PartitionKey: string,
  ids: readonly string[],
): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({ endpoint, region: "us-east-1", credentials });
  const Records = ids.map((id) => ({ PartitionKey, Data: Buffer.from(JSON.stringify({ id })) }));
  await client.send(new PutRecordsCommand({ StreamName, Records }));
  client.destroy();
}
