/** ListObjects and its second version. */
import type { XmlMembers } from "../../http/xml.ts";
import type { Listing } from "../bucket.ts";
import { invalidArgument } from "../error.ts";
import { type ListOptions, mostKeys } from "../listing.ts";
import {
  bucketOf,
  type Call,
  isoTime,
  numberOf,
  type Operation,
  quoted,
  xmlAnswer,
} from "./call.ts";

const highest = 2 ** 31 - 1;

export const listObjectsV2: Operation = async (call) => {
  const { query } = call;
  const token = query.get("continuation-token") ?? undefined;
  const startAfter = query.get("start-after") ?? undefined;
  const max = Math.min(numberOf(call, "max-keys", highest) ?? mostKeys, mostKeys);
  const bucket = await bucketOf(call);
  const from = token === undefined ? { after: startAfter } : readToken(token);
  const listing = await bucket.list({ ...shared(call), ...from, max });
  const encode = encoding(call);
  return xmlAnswer("ListBucketResult", {
    ...common(call, listing, max),
    KeyCount: listing.objects.length + listing.commonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: listing.last && writeToken(listing.last),
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    ...contents(call, listing, query.get("fetch-owner") === "true"),
  });
};

export const listObjects: Operation = async (call) => {
  const marker = call.query.get("marker") ?? "";
  const max = Math.min(numberOf(call, "max-keys", highest) ?? mostKeys, mostKeys);
  const bucket = await bucketOf(call);
  const { delimiter } = shared(call);
  // A marker that is a common prefix was shown as one.
  const isPrefix = delimiter !== undefined && marker.endsWith(delimiter);
  const from = marker === "" ? {} : isPrefix ? { afterPrefix: marker } : { after: marker };
  const listing = await bucket.list({ ...shared(call), ...from, max });
  const encode = encoding(call);
  const { last } = listing;
  const next = last && ("after" in last ? last.after : last.afterPrefix);
  return xmlAnswer("ListBucketResult", {
    ...common(call, listing, max),
    Marker: encode(marker),
    NextMarker: next !== undefined && delimiter !== undefined ? encode(next) : undefined,
    ...contents(call, listing, true),
  });
};

function shared({ query }: Call): Pick<ListOptions, "prefix" | "delimiter"> {
  return { prefix: query.get("prefix") ?? "", delimiter: query.get("delimiter") || undefined };
}

function common(call: Call, { isTruncated }: Listing, max: number): XmlMembers {
  const { prefix = "", delimiter } = shared(call);
  const encode = encoding(call);
  return {
    Name: call.bucketName,
    Prefix: encode(prefix),
    Delimiter: delimiter === undefined ? undefined : encode(delimiter),
    MaxKeys: max,
    EncodingType: call.query.get("encoding-type") ?? undefined,
    IsTruncated: isTruncated,
  };
}

function contents(
  call: Call,
  { objects, commonPrefixes }: Listing,
  withOwner: boolean,
): XmlMembers {
  const encode = encoding(call);
  return {
    Contents: objects.map(({ key, lastModified, etag, size, headers, checksum }) => ({
      Key: encode(key),
      LastModified: isoTime(lastModified),
      ETag: quoted(etag),
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
      Size: size,
      Owner: withOwner ? { ID: call.s3.accountId } : undefined,
      StorageClass: headers["x-amz-storage-class"] ?? "STANDARD",
    })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

/** `encoding-type=url`: for keys with characters that XML cannot have. */
export function encoding({ query }: Pick<Call, "query">): (text: string) => string {
  const type = query.get("encoding-type");
  if (type === null) return (text) => text;
  if (type === "url") {
    return (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
  }
  throw invalidArgument("encoding-type", type, "Invalid Encoding Method specified in Request");
}

const writeToken = (last: NonNullable<Listing["last"]>) =>
  Buffer.from(JSON.stringify(last)).toString("base64");

function readToken(token: string): Pick<ListOptions, "after" | "afterPrefix"> {
  try {
    const { after, afterPrefix } = JSON.parse(Buffer.from(token, "base64").toString());
    if (typeof after === "string") return { after };
    if (typeof afterPrefix === "string") return { afterPrefix };
  } catch {
    // Refused below.
  }
  throw invalidArgument(
    "continuation-token",
    token,
    "The continuation token provided is incorrect",
  );
}
