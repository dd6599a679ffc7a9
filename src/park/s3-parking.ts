import type { CommandSender } from "../aws/command-sender.ts";
import { parkedJson } from "./parked-json.ts";
import { confirmed, type ItemStatus, parkAgain } from "./parked-state.ts";
import type { ParkedRecord, ParkingStore } from "./parking.ts";
import type { PayloadStore } from "./payload.ts";
import { s3KeyOf } from "./s3-key.ts";
import { s3Objects } from "./s3-objects.ts";

/** What `s3Parking` and `s3Payloads` take. A missing bucket is refused when they are called. */
export interface S3ParkingOptions {
  readonly bucket: string | undefined;
  /** Stands before every key. @default "parked/" */
  readonly prefix?: string;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

const standardPrefix = "parked/";

/** How often others may change an object while it is parked again. */
const rounds = 5;

/** Parked records: see `s3Parking`. */
export function s3ParkedItems({
  bucket,
  prefix = standardPrefix,
  client,
}: S3ParkingOptions): ParkingStore {
  const objects = s3Objects(bucket, prefix, client, "s3Parking");
  /** What this environment has just parked: it need not be read to be confirmed. */
  const own = new WeakMap<
    ParkedRecord,
    { readonly version: string; readonly status: ItemStatus }
  >();

  /** False: somebody else has changed the object. */
  async function write(
    key: string,
    parked: ParkedRecord,
    status: ItemStatus,
    version: string | undefined,
  ): Promise<boolean> {
    const body = JSON.stringify({ ...parkedJson({ ...parked }), ...status });
    const condition = version === undefined ? { IfNoneMatch: "*" as const } : matching(version);
    const written = await objects.put(key, body, condition);
    if (written !== undefined) own.set(parked, { version: written, status });
    return written !== undefined;
  }

  /** Changes an object that is there, and keeps what is not its status. True: nothing more is to be done. */
  async function change(
    key: string,
    next: (there: ItemStatus) => ItemStatus | undefined,
    anew?: ParkedRecord,
  ): Promise<boolean> {
    const there = await objects.get(key);
    if (!there) return anew === undefined;
    const fields = fieldsIn(there.text);
    const status = next(fields);
    if (!status) return true;
    if (anew && status.state === "parked") return write(key, anew, status, there.version);
    const body = JSON.stringify({ ...fields, ...status });
    return (await objects.put(key, body, matching(there.version))) !== undefined;
  }

  return {
    location: `s3://${objects.bucket}/${objects.prefix}`,

    async park(parked) {
      const key = s3KeyOf(objects.prefix, parked, ".json");
      for (let round = 0; round < rounds; round++) {
        if (await write(key, parked, { state: "parked" }, undefined)) return;
        if (await change(key, parkAgain, parked)) return;
      }
      throw new Error(
        `s3://${objects.bucket}/${key} was changed by others ${rounds} times in a row.`,
      );
    },

    async confirm(parked) {
      const key = s3KeyOf(objects.prefix, parked, ".json");
      const known = own.get(parked);
      const status = known && confirmed(known.status);
      if (status && (await write(key, parked, status, known.version))) return;
      for (let round = 0; round < rounds; round++) if (await change(key, confirmed)) return;
      throw new Error(
        `s3://${objects.bucket}/${key} was changed by others ${rounds} times in a row.`,
      );
    },
  };
}

/**
 * Takes the payloads that are too large for another store. The role needs s3:PutObject on the prefix.
 *
 * @example
 * dynamodbParking({ tableName, overflow: s3Payloads({ bucket: process.env.PARKED }) });
 */
export function s3Payloads({
  bucket,
  prefix = standardPrefix,
  client,
}: S3ParkingOptions): PayloadStore {
  const objects = s3Objects(bucket, prefix, client, "s3Payloads");
  return {
    async put(parked) {
      const key = s3KeyOf(objects.prefix, parked, ".data");
      await objects.put(key, parked.data);
      return `s3://${objects.bucket}/${key}`;
    },
  };
}

/** A store that gives no versions has no conditions either. */
const matching = (version: string) => (version === "" ? {} : { IfMatch: version });

/** What an object says; one that is no parked record is as good as one that was parked. */
function fieldsIn(text: string): ItemStatus {
  try {
    const fields = JSON.parse(text);
    return { ...fields, state: fields.state ?? "parked" };
  } catch {
    return { state: "parked" };
  }
}
