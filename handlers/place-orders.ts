import middy from "@middy/core";
import { flushProducer, kinesisProducer, producerMetrics, toJson } from "shardmill/producer";
import { z } from "zod";

/** What handlers/orders.ts reads. */
const Order = z.object({
  id: z.string().min(1),
  account: z.string().min(1),
  cents: z.int().positive(),
  currency: z.literal("EUR"),
});

const producer = kinesisProducer<z.infer<typeof Order>>({
  stream: process.env.ORDERS_STREAM!,
  encode: toJson(),
  // The caller waits: better an error soon than an answer late.
  ttlMs: 5000,
  metrics: producerMetrics(),
});

/** What an HTTP API hands over. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
interface Request {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Behind an HTTP API: takes an order, and answers once it is in the stream. An order's id makes a second POST of it a duplicate. */
export const handler = middy(async (request: Request) => {
  const order = Order.safeParse(bodyOf(request));
  if (!order.success) return { statusCode: 400, body: z.prettifyError(order.error) };
  const put = producer.put({ partitionKey: order.data.account, data: order.data });
  // One order is all that this invocation has: nothing is gained by waiting for more.
  const { failed } = await producer.flush();
  if (failed > 0) {
    const why = await put.catch((error: Error) => error.message);
    console.error(JSON.stringify({ message: "An order was not put.", why }));
    return { statusCode: 503, body: "Try again." };
  }
  const { shardId, sequenceNumber } = await put;
  return { statusCode: 202, body: JSON.stringify({ shardId, sequenceNumber }) };
}).use(flushProducer(producer));

/** Undefined for what is no JSON, which is no order either. */
function bodyOf({ body = "", isBase64Encoded = false }: Request): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body, "base64").toString() : body);
  } catch {
    return undefined;
  }
}
