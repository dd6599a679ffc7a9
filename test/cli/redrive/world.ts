/**
 * A consumer with its stream, its table, its queue and its bucket, all behind servers; and the function
 * behind a server that takes Invoke as Lambda does.
 */
import { createServer } from "node:http";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import {
  json,
  type KinesisConsumerOptions,
  kinesisConsumer,
  NonRetryableError,
  type Parking,
} from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { redriveCommand } from "../../../packages/cli/src/redrive/command.ts";
import {
  createDynamoDb,
  type DynamoDbRequest,
  type Interference,
} from "../../../packages/local/src/dynamodb/index.ts";
import { serveS3 } from "../../../packages/services/src/s3/index.ts";
import { serveSqs } from "../../../packages/services/src/sqs/index.ts";
import { buildEvent } from "../../../src/record/lambda-event.ts";
import { type ServedOptions, served, written } from "../put/served.ts";

const Order = z.object({ id: z.string() });
export type Order = z.infer<typeof Order>;

type Options = Partial<KinesisConsumerOptions<Order>>;

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
export const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:billing";

export async function redriveWorld({
  kinesis: kinesisOptions = {},
  park,
  ...settings
}: {
  readonly kinesis?: ServedOptions;
  /** @default dynamodbParking */
  readonly park?: (clients: {
    readonly dynamodb: DynamoDBClient;
    readonly s3: S3Client;
    readonly sqs: SQSClient;
  }) => Promise<Parking>;
  readonly options?: Options;
} = {}) {
  const stream = await served(kinesisOptions);
  /** What goes wrong in the table, and may be changed. */
  const wrong: { interfere: (request: DynamoDbRequest) => Interference | undefined } = {
    interfere: () => undefined,
  };
  const db = await createDynamoDb({ intercept: (request) => wrong.interfere(request) });
  onTestFinished(() => db.close());
  await db.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });
  const [s3Server, sqsServer] = await Promise.all([serveS3(), serveSqs()]);
  const at = (endpoint: string) => ({ endpoint, region: "us-east-1", credentials });
  const dynamodb = new DynamoDBClient(at(db.endpoint));
  const s3 = new S3Client({ ...at(s3Server.endpoint), forcePathStyle: true });
  const sqs = new SQSClient(at(sqsServer.endpoint));
  onTestFinished(async () => {
    for (const client of [dynamodb, s3, sqs]) client.destroy();
    await Promise.all([s3Server.close(), sqsServer.close()]);
  });

  const failing = new Set<string>();
  const ran: string[] = [];
  /** Those of them that did not fail. */
  const effects: string[] = [];
  const invocations: any[] = [];
  /** What happens instead of an answer. */
  let answer: ((event: any) => unknown) | undefined;
  const parking = park
    ? await park({ dynamodb, s3, sqs })
    : dynamodbParking({ tableName: "progress", client: dynamodb });
  const start = (more: Options = {}) => {
    const handler = kinesisConsumer<Order>({
      consumer: "billing",
      decode: json(Order),
      progress: dynamodbProgress({ tableName: "progress", client: dynamodb }),
      park: parking,
      metrics: false,
      runtime: { write: () => {}, parentsOf: async () => [] },
      process({ id }: Order) {
        ran.push(id);
        if (failing.has(id)) throw new NonRetryableError(`no ${id}`);
        effects.push(id);
      },
      ...settings.options,
      ...more,
    } as KinesisConsumerOptions<Order>);
    return (event: unknown) => {
      const endsAt = Date.now() + 60_000;
      return handler(event, {
        invokedFunctionArn: functionArn,
        getRemainingTimeInMillis: () => endsAt - Date.now(),
      });
    };
  };

  const lambda = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const event = JSON.parse(body);
    invocations.push(event);
    try {
      if (!request.url?.includes("/functions/billing/")) {
        response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" });
        response.end(JSON.stringify({ Message: "Function not found" }));
        return;
      }
      const result = await (answer ? answer(event) : start()(event));
      response.end(JSON.stringify(result));
    } catch (error) {
      const { name, message } = error as Error;
      response.setHeader("x-amz-function-error", "Unhandled");
      response.end(JSON.stringify({ errorType: name, errorMessage: message }));
    }
  });
  await new Promise<void>((resolve) => lambda.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void lambda.close());
  const { port } = lambda.address() as { port: number };
  const endpoints = [
    `dynamodb=${db.endpoint}`,
    `kinesis=${stream.endpoint}`,
    `s3=${s3Server.endpoint}`,
    `sqs=${sqsServer.endpoint}`,
    `lambda=http://127.0.0.1:${port}`,
  ].flatMap((one) => ["--endpoint", one]);

  async function deliverTo(handler: ReturnType<typeof start>, ...names: string[]) {
    const put = names.map((name) => {
      const [id = "", partitionKey = id] = name.split("@");
      const data = Buffer.from(JSON.stringify({ id }));
      stream.kinesis.putRecord({ stream: "orders", partitionKey, data });
      return id;
    });
    const delivered = stream.stored().filter(({ data }) => {
      const { id } = JSON.parse(Buffer.from(data).toString());
      return put.includes(id);
    });
    const event = buildEvent(
      delivered.map((record) => ({
        ...record,
        approximateArrivalTimestamp: (record as any).approximateArrivalTimestamp ?? Date.now(),
      })),
      {
        shardId: delivered[0]!.shardId,
        ...{ eventSourceArn: streamArn, roleArn: "", region: "us-east-1" },
      },
    );
    await handler(event);
    return event;
  }

  const documents = DynamoDBDocumentClient.from(dynamodb);
  return {
    ...{
      stream,
      db,
      queueEndpoint: sqsServer.endpoint,
      dynamodb,
      documents,
      s3,
      sqs,
      wrong,
      failing,
      ran,
      effects,
      invocations,
      start,
      parking,
    },
    answerWith: (instead: ((event: any) => unknown) | undefined) => {
      answer = instead;
    },
    /** Puts orders, `"a@k"` under the key k, and has them delivered as Lambda would: here to a new environment. */
    deliver: (...names: string[]) => deliverTo(start(), ...names),
    deliverTo,
    async redrive(args: readonly string[], more: object = {}) {
      const { out, err, texts } = written();
      const status = await redriveCommand([...args, ...endpoints, "--json"], {
        ...{ out, err, env: {}, queueWaitSeconds: 0, signal: new AbortController().signal },
        ...more,
      });
      const told = texts.out
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
      return { status, ...texts, outcomes: told.at(-1)?.outcomes, told: told.slice(0, -1) };
    },
    /** The items of the table that are parked records. */
    async parked() {
      const { Items = [] } = await documents.send(new ScanCommand({ TableName: "progress" }));
      return Items.filter(({ pk }) => pk === "billing#parked");
    },
  };
}
