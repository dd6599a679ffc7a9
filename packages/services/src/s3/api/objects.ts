/** The operations on objects. */
import { rm } from "node:fs/promises";
import { childrenOf, childText } from "../../http/xml.ts";
import type { OpenObject } from "../bucket.ts";
import { checkRead } from "../conditions.ts";
import { invalidArgument, malformedXml, noSuchKey, notImplemented, S3Error } from "../error.ts";
import type { StoredObject } from "../object.ts";
import { readRange } from "../range.ts";
import {
  type Answer,
  bucketOf,
  type Call,
  conditionsOf,
  header,
  isoTime,
  type Operation,
  quoted,
  xmlAnswer,
  xmlBody,
} from "./call.ts";
import { checksumHeaders, keptHeaders, metadataPrefix, objectHeaders } from "./headers.ts";
import { algorithmOf, receiveBody } from "./receive-body.ts";

export const putObject: Operation = async (call) => {
  const bucket = await bucketOf(call);
  const headers = keptHeaders(call);
  const { received, algorithm } = await receiveBody(call);
  try {
    const object = await bucket.put(call.key, received, {
      headers,
      conditions: conditionsOf(call),
      checksum: algorithm && {
        algorithm,
        value: received.checksums.get(algorithm)!,
        type: "FULL_OBJECT",
      },
    });
    return { status: 200, headers: { ETag: quoted(object.etag), ...checksumHeaders(object) } };
  } finally {
    await rm(received.path, { force: true });
  }
};

export const getObject: Operation = async (call) => {
  const opened = await openObject(call);
  const { file, object } = opened;
  try {
    const range = readRange(header(call, "range"), object.size);
    const { first, last } = range ?? { first: 0, last: object.size - 1 };
    const length = last - first + 1;
    if (length === 0) {
      await file.close();
      return { ...headOf(call, object, 0), body: "" };
    }
    const whole = range ? undefined : object;
    return {
      ...headOf(call, object, length, whole),
      ...(range && { status: 206 }),
      body: file.createReadStream({ start: first, end: last }),
      headers: {
        ...headOf(call, object, length, whole).headers,
        "Content-Range": range && `bytes ${first}-${last}/${object.size}`,
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};

export const headObject: Operation = async (call) => {
  const { file, object } = await openObject(call);
  await file.close();
  const range = readRange(header(call, "range"), object.size);
  if (!range) return headOf(call, object, object.size, object);
  const { first, last } = range;
  const { headers } = headOf(call, object, last - first + 1);
  const contentRange = `bytes ${first}-${last}/${object.size}`;
  return { status: 206, headers: { ...headers, "Content-Range": contentRange } };
};

/** @param whole given where the answer has all bytes, so that its checksum can be compared */
function headOf(call: Call, object: StoredObject, length: number, whole?: StoredObject): Answer {
  const wantsChecksum = header(call, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  return {
    status: 200,
    headers: {
      ...objectHeaders(call, object),
      ...(wantsChecksum && whole && checksumHeaders(whole)),
      "Content-Length": `${length}`,
    },
  };
}

/** Throws for what is not there, and for conditions that do not hold. */
async function openObject(call: Call): Promise<OpenObject> {
  const { query, key } = call;
  if (query.has("partNumber")) throw notImplemented("reading single parts (partNumber)");
  const version = query.get("versionId");
  if (version !== null && version !== "null") {
    throw notImplemented("versions of objects (versionId)");
  }
  const opened = await (await bucketOf(call)).open(key);
  if (!opened) throw noSuchKey(key);
  try {
    checkRead(opened.object, conditionsOf(call));
    return opened;
  } catch (error) {
    await opened.file.close();
    throw error;
  }
}

export const deleteObject: Operation = async (call) => {
  const bucket = await bucketOf(call);
  await bucket.remove(call.key, { ifMatch: header(call, "if-match") });
  return { status: 204 };
};

const mostDeleted = 1000;

export const deleteObjects: Operation = async (call) => {
  const bucket = await bucketOf(call);
  const asked = await xmlBody(call, "Delete");
  const named = asked ? childrenOf(asked, "Object") : [];
  if (named.length === 0 || named.length > mostDeleted) {
    throw malformedXml(`it must name from 1 to ${mostDeleted} objects`);
  }
  const Deleted: { Key: string }[] = [];
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const one of named) {
    const Key = childText(one, "Key") ?? "";
    const etag = childText(one, "ETag");
    try {
      await bucket.remove(Key, { ifMatch: etag });
      Deleted.push({ Key });
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push({ Key, Code: error.code, Message: error.message });
    }
  }
  const isQuiet = childText(asked!, "Quiet") === "true";
  return xmlAnswer("DeleteResult", { ...(!isQuiet && { Deleted }), Error: errors });
};

export const copyObject: Operation = async (call) => {
  const bucket = await bucketOf(call);
  const asked = keptHeaders(call);
  const directive = header(call, "x-amz-metadata-directive") ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") {
    throw invalidArgument("x-amz-metadata-directive", directive, "Unknown metadata directive.");
  }
  const { file, object: source } = await openSource(call);
  const named = header(call, "x-amz-checksum-algorithm");
  const algorithm = named === undefined ? source.checksum?.algorithm : algorithmOf(named);
  const algorithms = algorithm ? [algorithm] : [];
  const received = await call.s3.receive(file.createReadStream(), { algorithms });
  try {
    const checksum = algorithm && received.checksums.get(algorithm);
    const object = await bucket.put(call.key, received, {
      headers: directive === "REPLACE" ? asked : { ...source.headers, ...notMetadata(asked) },
      conditions: conditionsOf(call),
      checksum: algorithm && { algorithm, value: checksum!, type: "FULL_OBJECT" },
    });
    return xmlAnswer("CopyObjectResult", {
      ETag: quoted(object.etag),
      LastModified: isoTime(object.lastModified),
    });
  } finally {
    await rm(received.path, { force: true });
  }
};

/** What a copy may change although it keeps the metadata: how it is stored. */
const notMetadata = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name.startsWith("x-amz-") && !name.startsWith(metadataPrefix),
    ),
  );

/** `x-amz-copy-source: bucket/key`, encoded as a URL. */
export async function openSource(call: Call): Promise<OpenObject> {
  const given = header(call, "x-amz-copy-source") ?? "";
  const [path = "", version] = given.replace(/^\//, "").split("?versionId=");
  if (version !== undefined && version !== "null") {
    throw notImplemented("versions of objects (versionId)");
  }
  const slash = path.indexOf("/");
  if (slash < 1) {
    throw invalidArgument(
      "x-amz-copy-source",
      given,
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  const key = decodeURIComponent(path.slice(slash + 1).replaceAll("+", " "));
  const opened = await (await call.s3.bucket(decodeURIComponent(path.slice(0, slash)))).open(key);
  if (!opened) throw noSuchKey(key);
  try {
    checkRead(opened.object, conditionsOf(call, "x-amz-copy-source-if-"));
    return opened;
  } catch (error) {
    await opened.file.close();
    // To a copy, a source that was not changed is a condition that does not hold.
    throw error instanceof S3Error && error.status === 304
      ? new S3Error(412, "PreconditionFailed", error.message)
      : error;
  }
}
