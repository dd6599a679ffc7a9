/** What the parts' protocol needs of a bucket: objects that are written once, and looked for. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient, givenText } from "../../aws/given.ts";
import { atPlace } from "../../observe/at-place.ts";

export interface Bucket {
  /** Resolves to whether it was written; false: something is under that key already. */
  putNew(key: string, object: NewObject): Promise<boolean>;
  /** What is under a key: a part, the fence in its place, or nothing. */
  look(key: string): Promise<"part" | "fence" | undefined>;
  /** Undefined: it is not there. */
  text(key: string): Promise<string | undefined>;
  /** Undefined: it is not there. */
  bytes(key: string): Promise<Uint8Array | undefined>;
  remove(key: string): Promise<void>;
  /** The objects whose keys have this beginning and stand after another, in order. */
  list(prefix: string, after?: string): Promise<Listed[]>;
}

/** An object as a listing has it. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  /** When it was written, in epoch milliseconds. */
  readonly at: number;
}

export interface NewObject {
  readonly body: Uint8Array | string;
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
  /** It stands where a part was meant to be, so that the part cannot come any more. */
  readonly isFence?: boolean;
}

/** Of the metadata: what an object says of itself. */
const mark = "shardmill";

/** The bucket as an invocation has it: its calls end with the signal. */
export type BucketUntil = (signal: AbortSignal) => Bucket;

/** `https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html` */
export function s3Bucket(
  given: CommandSender | undefined,
  name: string | undefined,
  who: string,
  option = "client",
): BucketUntil {
  const Bucket = givenText(name, "bucket", who);
  let client = givenClient(given, `${who}: ${option}`, "S3Client");
  // It is loaded while the function starts; who has no use for it need not have it installed.
  const loading = import("@aws-sdk/client-s3");
  loading.catch(() => {});

  async function send(
    abortSignal: AbortSignal,
    make: (s3: Awaited<typeof loading>) => object,
    key: string,
    expected: Readonly<Record<string, unknown>> = {},
  ): Promise<any> {
    const s3 = await loading;
    client ??= new s3.S3Client({});
    try {
      return await client.send(make(s3), { abortSignal });
    } catch (error) {
      const { name } = (error ?? {}) as Partial<Error>;
      if (name !== undefined && Object.hasOwn(expected, name)) return expected[name];
      throw atPlace(error, `${who}: s3://${Bucket}/${key}`);
    }
  }

  const nothing = { NoSuchKey: undefined, NotFound: undefined };
  const get = (signal: AbortSignal, Key: string) =>
    send(signal, ({ GetObjectCommand }) => new GetObjectCommand({ Bucket, Key }), Key, nothing);
  return (signal) => ({
    async putNew(Key, { body, contentEncoding, contentType, isFence = false }) {
      const put = {
        ...{ Bucket, Key, Body: body, ContentType: contentType, IfNoneMatch: "*" },
        ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
        ...(isFence && { Metadata: { [mark]: "fence" } }),
      };
      const answer = await send(signal, ({ PutObjectCommand }) => new PutObjectCommand(put), Key, {
        PreconditionFailed: false,
      });
      return answer !== false;
    },
    async look(Key) {
      const head = await send(
        signal,
        ({ HeadObjectCommand }) => new HeadObjectCommand({ Bucket, Key }),
        Key,
        nothing,
      );
      return head && (head.Metadata?.[mark] === "fence" ? "fence" : "part");
    },
    text: async (key) => (await get(signal, key))?.Body.transformToString(),
    bytes: async (key) => (await get(signal, key))?.Body.transformToByteArray(),
    remove: (Key) =>
      send(signal, ({ DeleteObjectCommand }) => new DeleteObjectCommand({ Bucket, Key }), Key),
    async list(Prefix, after = "") {
      const found: Listed[] = [];
      for (let from = after, isMore = true; isMore; ) {
        const page = await send(
          signal,
          ({ ListObjectsV2Command }) =>
            new ListObjectsV2Command({ Bucket, Prefix, ...(from && { StartAfter: from }) }),
          Prefix,
        );
        for (const { Key: key, LastModified, Size: size } of page.Contents ?? []) {
          found.push({ key, size, at: LastModified?.getTime() ?? 0 });
        }
        isMore = page.IsTruncated === true;
        from = found.at(-1)?.key ?? from;
      }
      return found;
    },
  });
}
