/** The stream that is put to: what it takes, and how it is asked. */
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListStreamsCommand,
} from "@aws-sdk/client-kinesis";
import { type Asked, type AwsSettings, clientConfig, explainAwsError } from "../aws/client.ts";
import { type StreamId, streamId, streamNameOf } from "../aws/list-shards.ts";

export interface Target {
  readonly name: string;
  /** Bytes of a record with its key. */
  readonly largestRecord: number;
  readonly client: KinesisClient;
  explain(error: unknown): Promise<Error>;
  close(): void;
}

const defaultLargestRecord = 1024 * 1024;

/** Rejects, saying why, when there is no such stream or nobody answers. */
export async function openTarget(
  stream: string,
  settings: AwsSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Target> {
  // Refusals are the producer's: it keeps the order.
  const client = new KinesisClient({ ...clientConfig("kinesis", settings, env), maxAttempts: 1 });
  const [name, to] = [streamNameOf(stream), streamId(stream)];
  const asked: Asked = {
    what: `stream ${name}`,
    ...{ name, client },
    others: async () => (await client.send(new ListStreamsCommand({}))).StreamNames ?? [],
  };
  const largestRecord = await describe(client, to).catch(async (error: Error) => {
    // Whoever may put need not be allowed to look.
    if (error.name === "AccessDeniedException") return defaultLargestRecord;
    client.destroy();
    throw await explainAwsError(error, asked);
  });
  return {
    ...{ name, largestRecord },
    client,
    explain: (error) => explainAwsError(error, asked),
    close: () => client.destroy(),
  };
}

async function describe(client: KinesisClient, to: StreamId): Promise<number> {
  const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand(to));
  const kibibytes = StreamDescriptionSummary?.MaxRecordSizeInKiB;
  return kibibytes === undefined ? defaultLargestRecord : kibibytes * 1024;
}
