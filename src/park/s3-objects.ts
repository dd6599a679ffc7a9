/** Objects that are written only where nobody else has written in between. */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenPrefix, givenText } from "../aws/given.ts";
import { atPlace } from "../observe/at-place.ts";
import { longestPrefix } from "./s3-key.ts";

export interface S3Objects {
  readonly bucket: string;
  readonly prefix: string;
  /** Resolves to the object's version, or to undefined where the condition is not met. */
  put(key: string, body: string | Uint8Array, condition?: Condition): Promise<string | undefined>;
  /** Undefined: it is not there. */
  get(key: string): Promise<{ readonly version: string; readonly text: string } | undefined>;
}

interface Condition {
  readonly IfNoneMatch?: "*";
  readonly IfMatch?: string;
}

const unmet = new Set(["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"]);

/** Throws, for the start of a function, where there is no bucket. */
export function s3Objects(
  givenBucket: string | undefined,
  prefix: string,
  client: CommandSender | undefined,
  who: string,
): S3Objects {
  const bucket = givenText(givenBucket, "bucket", who);
  givenPrefix(prefix, longestPrefix, who);
  const s3 = givenClient(client, `${who}: client`, "S3Client") ?? new S3Client({});
  return {
    bucket,
    prefix,
    async put(Key, Body, condition = {}) {
      const command = new PutObjectCommand({ Bucket: bucket, Key, Body, ...condition });
      try {
        return (await s3.send(command)).ETag ?? "";
      } catch (error) {
        const isConditional = Object.keys(condition).length > 0;
        if (isConditional && unmet.has((error as Error).name)) return undefined;
        throw atPlace(error, `${who}: s3://${bucket}/${prefix}`);
      }
    },
    async get(Key) {
      try {
        const { Body, ETag = "" } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return { version: ETag, text: await Body!.transformToString() };
      } catch (cause) {
        const { name } = cause as Error;
        if (name === "NoSuchKey" || name === "NotFound") return undefined;
        if (name !== "AccessDenied") throw atPlace(cause, `${who}: s3://${bucket}/${prefix}`);
        throw new Error(
          `${who}: s3://${bucket}/${Key} is there already, and may not be read: the role needs s3:GetObject on s3://${bucket}/${prefix}*.`,
          { cause },
        );
      }
    },
  };
}
