/** Parked records and failure documents in a bucket. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Hold, Source } from "./found.ts";
import { foundJson } from "./json.ts";

/** `note` hears of objects that are neither. */
export async function bucketSource(
  client: S3Client,
  bucket: string,
  prefix: string,
  now: () => number,
  note: (text: string) => void,
): Promise<Source> {
  const { GetObjectCommand, PutObjectCommand, DeleteObjectCommand, paginateListObjectsV2 } =
    await import("@aws-sdk/client-s3");

  /** An object that was read, of which only this version may be changed. */
  function holdOf(Key: string, version: string, fields: Record<string, unknown> | undefined): Hold {
    let etag = version;
    const write = async (change: Record<string, unknown>): Promise<boolean> => {
      const Body = JSON.stringify({
        ...fields,
        redriveToken: undefined,
        heldUntil: undefined,
        ...change,
      });
      try {
        const put = new PutObjectCommand({ Bucket: bucket, Key, Body, IfMatch: etag });
        etag = (await client.send(put)).ETag ?? etag;
        return true;
      } catch (error) {
        const { name } = error as Error;
        if (name === "PreconditionFailed" || name === "ConditionalRequestConflict") return false;
        throw error;
      }
    };
    const isDocument = fields === undefined || fields.KinesisBatchInfo !== undefined;
    const { state, heldUntil } = fields ?? {};
    return {
      where: `s3://${bucket}/${Key}`,
      async confirm() {
        await write({ state: "confirmed" });
      },
      async take(redriveToken, until) {
        if (isDocument) return true;
        if (state === "redriving" && Number(heldUntil) >= now()) return false;
        return write({ state: "redriving", redriveToken, heldUntil: until });
      },
      async finish() {
        if (!isDocument) await write({ state: "redriven", redrivenAt: now() });
        else await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      },
      async giveBack() {
        if (!isDocument) await write({ state: "confirmed" });
      },
    };
  }

  return {
    async *find() {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix },
      )) {
        for (const { Key = "" } of Contents) {
          // Payloads that another store had no room for.
          if (Key.endsWith(".data")) continue;
          const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
          const text = (await object.Body?.transformToString()) ?? "";
          const hold = holdOf(Key, object.ETag ?? "", parsed(text));
          const found = foundJson(text, `s3://${bucket}/${Key}`, hold);
          if (found) yield found;
          else note(`s3://${bucket}/${Key} is neither a parked record nor a failure document.`);
        }
      }
    },
    close: () => client.destroy(),
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
