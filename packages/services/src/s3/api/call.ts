/** What an operation gets, and what it answers. */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import {
  readXml,
  writeXml,
  type XmlElement,
  type XmlMembers,
  xmlDeclaration,
} from "../../http/xml.ts";
import type { Bucket } from "../bucket.ts";
import type { Conditions } from "../conditions.ts";
import { invalidArgument, malformedXml, S3Error } from "../error.ts";
import type { S3 } from "../s3.ts";

export interface Call {
  readonly s3: S3;
  readonly method: string;
  /** "": the request is about no bucket. */
  readonly bucketName: string;
  /** "": the request is about no object. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Bytes as they come, still encoded. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Readable;
}

export type Operation = (call: Call) => Promise<Answer>;

export const bucketOf = ({ s3, bucketName }: Call): Promise<Bucket> => s3.bucket(bucketName);

export const header = ({ headers }: Pick<Call, "headers">, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
};

export const conditionsOf = (call: Call, prefix = "if-"): Conditions => ({
  ifMatch: header(call, `${prefix}match`),
  ifNoneMatch: header(call, `${prefix}none-match`),
  ifModifiedSince: header(call, `${prefix}modified-since`),
  ifUnmodifiedSince: header(call, `${prefix}unmodified-since`),
});

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export const xmlAnswer = (
  root: string,
  members: XmlMembers,
  headers: Answer["headers"] = {},
): Answer => ({
  status: 200,
  headers: { ...headers, "Content-Type": "application/xml" },
  body: `${xmlDeclaration}<${root} xmlns="${namespace}">${writeXml(members)}</${root}>`,
});

/** 1,000 keys of 1,024 bytes, each as long as XML can make it. */
const longestXml = 10 * 1024 * 1024;

/** The document in a body, whose root must be this. Undefined: there is no body. */
export async function xmlBody({ body }: Call, root: string): Promise<XmlElement | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > longestXml) {
      throw new S3Error(400, "MaxMessageLengthExceeded", "Your request was too big.");
    }
    chunks.push(bytes);
  }
  if (length === 0) return undefined;
  let element: XmlElement;
  try {
    element = readXml(Buffer.concat(chunks).toString());
  } catch (error) {
    throw malformedXml((error as Error).message);
  }
  if (element.name !== root) throw malformedXml(`its root is ${element.name}, not ${root}`);
  return element;
}

export function numberOf(call: Call, name: string, most: number): number | undefined {
  const value = call.query.get(name);
  if (value === null || value === "") return undefined;
  if (/^\d{1,10}$/.test(value) && Number(value) <= most) return Number(value);
  throw invalidArgument(name, value, `Argument ${name} must be an integer between 0 and ${most}`);
}

export const isoTime = (time: number) => new Date(time).toISOString();
export const quoted = (etag: string) => `"${etag}"`;
