/** A bucket in memory, for parked records: it takes the commands of `@aws-sdk/client-s3`, and goes wrong as told. */
import { hash } from "node:crypto";
import type { Clock } from "../../../src/time/clock.ts";
import type { Random } from "../../../src/time/random.ts";
import { drawFate, type Faults } from "./faults.ts";
import { meet } from "./meet.ts";

export interface FakeS3Options {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: () => Faults;
  readonly onRequest?: (operation: string, wrong: string) => void;
}

export interface FakeS3 {
  send(command: never): Promise<unknown>;
  /** The objects by their keys. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

interface Input {
  readonly Key: string;
  readonly Body?: string | Uint8Array;
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
  readonly Prefix?: string;
  readonly ContinuationToken?: string;
}

const pageSize = 1000;

export function fakeS3({ clock, random, faults, onRequest }: FakeS3Options): FakeS3 {
  const objects = new Map<string, Uint8Array>();

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    PutObject({ Key, Body = "", IfNoneMatch, IfMatch }) {
      const there = objects.get(Key);
      if (IfNoneMatch === "*" && there) throw failure("PreconditionFailed", 412);
      if (IfMatch !== undefined && !there) throw failure("NoSuchKey", 404);
      if (IfMatch !== undefined && IfMatch !== etagOf(there!)) {
        throw failure("PreconditionFailed", 412);
      }
      const bytes = Buffer.from(Body);
      objects.set(Key, bytes);
      return { ETag: etagOf(bytes) };
    },
    GetObject({ Key }) {
      const bytes = objects.get(Key);
      if (!bytes) throw failure("NoSuchKey", 404);
      const Body = {
        transformToString: async () => Buffer.from(bytes).toString(),
        transformToByteArray: async () => bytes,
      };
      return { Body, ETag: etagOf(bytes) };
    },
    HeadObject({ Key }) {
      const bytes = objects.get(Key);
      if (!bytes) throw failure("NotFound", 404);
      return { ETag: etagOf(bytes), ContentLength: bytes.length };
    },
    DeleteObject({ Key }) {
      objects.delete(Key);
      return {};
    },
    ListObjectsV2({ Prefix = "", ContinuationToken = "" }) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).sort();
      const rest = keys.filter((key) => key > ContinuationToken);
      const page = rest.slice(0, pageSize);
      return {
        Contents: page.map((Key) => ({ Key })),
        IsTruncated: rest.length > pageSize,
        ...(rest.length > pageSize && { NextContinuationToken: page.at(-1) }),
      };
    },
  };

  return {
    objects,
    async send(command: { readonly input: Input; readonly constructor: { name: string } }) {
      const operation = command.constructor.name.replace(/Command$/, "");
      const perform = operations[operation];
      if (!perform) throw new Error(`The fake S3 has no operation ${operation}.`);
      const isWrite = operation === "PutObject" || operation === "DeleteObject";
      const fate = drawFate(isWrite ? "Put" : "Get", true, faults(), random);
      const wrong = fate.refusal ?? (fate.replyLost ? "the reply is lost" : undefined);
      if (wrong) onRequest?.(operation, wrong);
      return meet(clock, fate, () => perform(command.input), refuse);
    },
  };
}

/** Equal for equal bytes, as of an object that was put in one piece. */
const etagOf = (bytes: Uint8Array) => `"${hash("md5", bytes)}"`;

const refuse = (refusal: "throttled" | "broken" | "conflict"): Error =>
  refusal === "throttled"
    ? failure("SlowDown", 503)
    : refusal === "broken"
      ? failure("InternalError", 500)
      : // Two conditional writes that meet.
        failure("ConditionalRequestConflict", 409);

const failure = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
