/** Parked records and failure documents in a bucket. */
import type { S3Client } from "@aws-sdk/client-s3";
import { documentHold, objectRequests, parkedHold } from "./bucket-hold.ts";
import type { Found, Source } from "./found.ts";
import { foundJson } from "./json.ts";

/** `note` hears of objects that are neither. */
export async function bucketSource(
  client: S3Client,
  bucket: string,
  prefix: string,
  now: () => number,
  note: (text: string) => void,
): Promise<Source> {
  const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
  const requests = await objectRequests(client, bucket);

  async function read(key: string): Promise<Found | undefined> {
    const where = `s3://${bucket}/${key}`;
    const document = documentHold(where, () => requests.remove(key));
    try {
      const object = await requests.get(key);
      if (!object) return undefined;
      const isDocument = !object.fields || "KinesisBatchInfo" in object.fields;
      const hold = isDocument ? document : parkedHold(where, key, object, requests, now);
      const found = foundJson(object.text, where, hold);
      if (!found) note(`${where} is neither a parked record nor a failure document.`);
      return found;
    } catch (error) {
      return { kind: "unreadable", what: (error as Error).message, hold: document };
    }
  }

  return {
    async *find() {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix },
      )) {
        for (const { Key = "" } of Contents) {
          // Payloads that another store had no room for.
          const found = Key.endsWith(".data") ? undefined : await read(Key);
          if (found) yield found;
        }
      }
    },
    close: () => client.destroy(),
  };
}
