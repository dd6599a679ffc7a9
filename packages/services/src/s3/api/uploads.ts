/** The operations on multipart uploads. */
import { childrenOf, childText } from "../../http/xml.ts";
import type { OpenObject } from "../bucket.ts";
import type { Checksum } from "../checksum.ts";
import { invalidArgument, malformedXml } from "../error.ts";
import { readRange } from "../range.ts";
import type { Upload } from "../uploads.ts";
import {
  bucketOf,
  type Call,
  conditionsOf,
  header,
  isoTime,
  numberOf,
  type Operation,
  quoted,
  xmlAnswer,
  xmlBody,
} from "./call.ts";
import { keptHeaders } from "./headers.ts";
import { encoding } from "./listings.ts";
import { openSource } from "./objects.ts";
import { algorithmOf, partNumberOf, receiveBody } from "./receive-body.ts";

export const createMultipartUpload: Operation = async (call) => {
  const bucket = await bucketOf(call);
  const checksum = wantedChecksum(call);
  const { key, bucketName } = call;
  const { id } = call.s3.uploads.create({ bucket, key, headers: keptHeaders(call), checksum });
  return xmlAnswer(
    "InitiateMultipartUploadResult",
    { Bucket: bucketName, Key: key, UploadId: id },
    {
      "x-amz-checksum-algorithm": checksum?.algorithm,
      "x-amz-checksum-type": checksum?.type,
    },
  );
};

/** Of the algorithms only CRC64NVME is always of the whole object; the others are so on request. */
function wantedChecksum(call: Call): Pick<Checksum, "algorithm" | "type"> | undefined {
  const named = header(call, "x-amz-checksum-algorithm");
  if (named === undefined) return undefined;
  const algorithm = algorithmOf(named);
  const asked = header(call, "x-amz-checksum-type");
  const type = asked ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  if (type === "FULL_OBJECT" && algorithm.startsWith("CRC")) return { algorithm, type };
  if (type === "COMPOSITE" && algorithm !== "CRC64NVME") return { algorithm, type };
  throw invalidArgument(
    "x-amz-checksum-type",
    type,
    `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
  );
}

async function uploadOf(call: Call): Promise<Upload> {
  const bucket = await bucketOf(call);
  return call.s3.uploads.find(bucket, call.key, call.query.get("uploadId") ?? "");
}

export const uploadPart: Operation = async (call) => {
  const upload = await uploadOf(call);
  const number = partNumberOf(call);
  const { received, algorithm } = await receiveBody(call, upload.checksum?.algorithm);
  const { md5, checksums } = await call.s3.uploads.addPart(upload, number, received);
  const checksum = algorithm && {
    [`x-amz-checksum-${algorithm.toLowerCase()}`]: checksums.get(algorithm),
  };
  return { status: 200, headers: { ETag: quoted(md5), ...checksum } };
};

export const uploadPartCopy: Operation = async (call) => {
  const upload = await uploadOf(call);
  const number = partNumberOf(call);
  const source = await openSource(call);
  const algorithms = upload.checksum ? [upload.checksum.algorithm] : [];
  const part = await call.s3.receive(copyBody(call, source), { algorithms });
  const { md5, lastModified } = await call.s3.uploads.addPart(upload, number, part);
  return xmlAnswer("CopyPartResult", { ETag: quoted(md5), LastModified: isoTime(lastModified) });
};

/** Reads the part of the source that is asked for, and closes it. */
async function* copyBody(call: Call, { file, object }: OpenObject): AsyncGenerator<Uint8Array> {
  try {
    const range = readRange(header(call, "x-amz-copy-source-range"), object.size);
    if (range) yield* file.createReadStream({ start: range.first, end: range.last });
    else yield* file.createReadStream();
  } finally {
    await file.close();
  }
}

export const completeMultipartUpload: Operation = async (call) => {
  const upload = await uploadOf(call);
  const asked = await xmlBody(call, "CompleteMultipartUpload");
  if (!asked) throw malformedXml("it names no part");
  const named = childrenOf(asked, "Part").map((part) => ({
    number: Number(childText(part, "PartNumber")),
    etag: (childText(part, "ETag") ?? "").replace(/^"|"$/g, ""),
  }));
  const { key, bucketName, s3 } = call;
  const { etag, checksum } = await s3.uploads.complete(upload, named, conditionsOf(call));
  return xmlAnswer("CompleteMultipartUploadResult", {
    Location: `http://${call.headers.host}/${bucketName}/${encodeURI(key)}`,
    Bucket: bucketName,
    Key: key,
    ETag: quoted(etag),
    ...(checksum && {
      [`Checksum${checksum.algorithm}`]: checksum.value,
      ChecksumType: checksum.type,
    }),
  });
};

export const abortMultipartUpload: Operation = async (call) => {
  await call.s3.uploads.abort(await uploadOf(call));
  return { status: 204 };
};

const mostParts = 1000;

export const listParts: Operation = async (call) => {
  const { id, key, parts, checksum } = await uploadOf(call);
  const max = Math.min(numberOf(call, "max-parts", 2 ** 31 - 1) ?? mostParts, mostParts);
  const marker = numberOf(call, "part-number-marker", 10_000) ?? 0;
  const rest = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const shown = rest.slice(0, max);
  const isTruncated = shown.length < rest.length;
  return xmlAnswer("ListPartsResult", {
    Bucket: call.bucketName,
    Key: encoding(call)(key),
    UploadId: id,
    PartNumberMarker: marker,
    NextPartNumberMarker: isTruncated ? shown.at(-1)?.[0] : undefined,
    MaxParts: max,
    IsTruncated: isTruncated,
    Part: shown.map(([PartNumber, { md5, size, lastModified, checksums }]) => ({
      PartNumber,
      LastModified: isoTime(lastModified),
      ETag: quoted(md5),
      Size: size,
      ...(checksum && {
        [`Checksum${checksum.algorithm}`]: checksums.get(checksum.algorithm),
      }),
    })),
    StorageClass: "STANDARD",
  });
};

export const listMultipartUploads: Operation = async (call) => {
  const bucket = await bucketOf(call);
  const prefix = call.query.get("prefix") ?? "";
  const encode = encoding(call);
  const uploads = call.s3.uploads.of(bucket).filter(({ key }) => key.startsWith(prefix));
  return xmlAnswer("ListMultipartUploadsResult", {
    Bucket: call.bucketName,
    Prefix: encode(prefix),
    MaxUploads: uploads.length,
    IsTruncated: false,
    Upload: uploads.map(({ id, key, initiated, checksum }) => ({
      Key: encode(key),
      UploadId: id,
      Initiated: isoTime(initiated),
      StorageClass: "STANDARD",
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
    })),
  });
};
