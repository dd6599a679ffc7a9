/** An object that a redrive has read, and changes only as far as what it says at that moment allows it. */
import type { S3Client } from "@aws-sdk/client-s3";
import {
  confirmed,
  finished,
  givenBack,
  type Hold,
  type ItemStatus,
  type ParkedState,
  taken,
} from "../../../../src/park/parked-state.ts";

export interface ReadObject {
  readonly version: string | undefined;
  /** Undefined: it is no JSON object. */
  readonly fields: Record<string, unknown> | undefined;
}

/** The requests that it takes. */
export interface ObjectRequests {
  /** Undefined: it is not there. */
  get(key: string): Promise<(ReadObject & { readonly text: string }) | undefined>;
  /** Undefined: it is not of that version any more. */
  put(
    key: string,
    body: string,
    version: string | undefined,
  ): Promise<{ version: string | undefined } | undefined>;
  remove(key: string): Promise<void>;
}

/** How often others may change an object in between. */
const rounds = 5;

export async function objectRequests(client: S3Client, bucket: string): Promise<ObjectRequests> {
  const { GetObjectCommand, PutObjectCommand, DeleteObjectCommand } = await import(
    "@aws-sdk/client-s3"
  );
  const at = (Key: string) => ({ Bucket: bucket, Key });
  const unless = (names: RegExp) => (error: Error) => {
    if (!names.test(error.name)) throw error;
    return undefined;
  };
  return {
    get: (key) =>
      client.send(new GetObjectCommand(at(key))).then(
        async ({ Body, ETag }) => {
          const text = (await Body?.transformToString()) ?? "";
          return { version: ETag, text, fields: fieldsIn(text) };
        },
        unless(/^NoSuchKey$/),
      ),
    put: (key, body, IfMatch) =>
      client
        .send(new PutObjectCommand({ ...at(key), Body: body, IfMatch }))
        .then(
          ({ ETag }) => ({ version: ETag }),
          unless(/^(PreconditionFailed|ConditionalRequestConflict|NoSuchKey)$/),
        ),
    remove: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),
  };
}

/** A failure document stays as it is until it is deleted. */
export const documentHold = (where: string, remove: () => Promise<void>): Hold => ({
  where,
  confirm: async () => {},
  take: async () => true,
  finish: () => remove().then(() => true),
  giveBack: async () => {},
});

/** A parked record, as it was read. */
export function parkedHold(
  where: string,
  key: string,
  read: ReadObject,
  { get, put }: ObjectRequests,
  now: () => number,
): Hold {
  let known: ReadObject | undefined = read;
  let own: string | undefined;
  const { parkedAgain: seen = 0 } = statusIn(read.fields);
  /** False: `next` refuses what it says, or there is nothing any more. */
  const change = async (next: (status: ItemStatus) => ItemStatus | undefined): Promise<boolean> => {
    for (let round = 0; round < rounds; round++) {
      known ??= await get(key);
      const status = known && next(statusIn(known.fields));
      if (!known || !status) return false;
      const { redriveToken, heldUntil, redrivenAt, ...record } = known.fields ?? {};
      const fields = { ...record, ...status };
      const written = await put(key, JSON.stringify(fields), known.version);
      known = written && { ...written, fields };
      if (written) return true;
    }
    throw new Error(`${where} was changed by others ${rounds} times in a row.`);
  };
  const giveBack = async (): Promise<void> => {
    if (own !== undefined) await change((status) => givenBack(status, own));
  };
  return {
    where,
    confirm: async () => void (await change(confirmed)),
    take(token, until) {
      own = token;
      return change((status) => taken(status, token, until, now()));
    },
    async finish() {
      if (await change((status) => finished(status, own, seen, now()))) return true;
      await giveBack();
      return false;
    },
    giveBack,
  };
}

function statusIn(fields: Record<string, unknown> = {}): ItemStatus {
  return { ...fields, state: (fields.state as ParkedState | undefined) ?? "parked" };
}

function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
