/** What a handler weighs when it is deployed: bundled and minified, with the AWS SDK left to Lambda. */
import { gzipSync } from "node:zlib";
import { bundled, type HandlerName } from "./handlers.ts";
import type { Row, RowSet } from "./harness.ts";

export const bundle: RowSet = { name: "bundle", rows };

async function* rows(): AsyncGenerator<Row> {
  const peer = await sizeOf("powertools");
  yield { name: "Powertools batch + idempotency", values: peer };
  yield compared("kinesisConsumer alone", await sizeOf("small"), peer);
  yield compared("kinesisConsumer with DynamoDB progress", await sizeOf("typical"), peer);
  yield compared("everything that is exported", await sizeOf("everything"), peer);
}

interface Size {
  readonly minified: number;
  readonly gzip: number;
}

const compared = (name: string, size: Size, peer: Size): Row => ({
  name,
  peer: "Powertools batch + idempotency",
  values: { ...size, size: size.gzip / peer.gzip },
});

async function sizeOf(name: HandlerName): Promise<Size & Record<string, number>> {
  const bytes = await bundled(name);
  return { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}
