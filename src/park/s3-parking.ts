import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parkedJson } from "./parked-json.ts";
import { type ParkedRecord, type Parking, parking, placeInStream } from "./parking.ts";
import type { PayloadStore } from "./payload.ts";

export interface S3ParkingOptions {
  readonly bucket: string | undefined;
  /** Stands before every key. @default "parked/" */
  readonly prefix?: string;
  /** Your own client. @default one from the environment */
  readonly client?: Pick<S3Client, "send">;
}

/**
 * Parks each record as one JSON object, with the payload in base64:
 * `<prefix><consumer>/<stream>/<shard>/<position>.json`. Its `state` becomes `confirmed` once the
 * log says that the record is parked, and `redriven` once `shardmill redrive` has brought it back. The role needs s3:PutObject on the prefix.
 *
 * @example
 * kinesisConsumer({ consumer: "billing", progress, park: s3Parking({ bucket: process.env.PARKED }), maxAttempts: 5, process });
 */
export function s3Parking(options: S3ParkingOptions): Parking {
  const put = putter(options, "s3Parking");
  const write = (parked: ParkedRecord, state: "parked" | "confirmed", onlyNew: boolean) =>
    put(`${keyOf(parked)}.json`, JSON.stringify(parkedJson(parked, { state })), onlyNew);
  return parking({
    location: `s3://${options.bucket}/${options.prefix ?? standardPrefix}`,
    async park(parked) {
      // One that is there was parked before; one that is confirmed must not be called parked again.
      await write(parked, "parked", true);
    },
    async confirm(parked) {
      await write(parked, "confirmed", false);
    },
  });
}

/**
 * Takes the payloads that are too large for another store.
 *
 * @example
 * dynamodbParking({ tableName, overflow: s3Payloads({ bucket: process.env.PARKED }) });
 */
export function s3Payloads(options: S3ParkingOptions): PayloadStore {
  const put = putter(options, "s3Payloads");
  return {
    async put(parked) {
      const key = `${keyOf(parked)}.data`;
      return `s3://${options.bucket}/${await put(key, parked.data, false)}`;
    },
  };
}

const standardPrefix = "parked/";

function putter({ bucket, prefix = standardPrefix, client }: S3ParkingOptions, who: string) {
  if (!bucket) {
    throw new Error(
      `${who}: no bucket. If it comes from an environment variable, set that on the function.`,
    );
  }
  const s3 = client ?? new S3Client({});
  return async (key: string, body: string | Uint8Array, onlyNew: boolean): Promise<string> => {
    const Key = `${prefix}${key}`;
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key,
          Body: body,
          ...(onlyNew ? { IfNoneMatch: "*" } : {}),
        }),
      );
    } catch (error) {
      const isThere = onlyNew && (error as Error).name === "PreconditionFailed";
      if (!isThere) throw error;
    }
    return Key;
  };
}

function keyOf(parked: ParkedRecord): string {
  const stream = parked.streamArn.slice(parked.streamArn.indexOf("/") + 1);
  return `${parked.consumer}/${stream}/${placeInStream(parked).replaceAll("#", "/")}`;
}
