/** Which operation a request asks for: its method, what it is about, and what its query names. */
import { notImplemented, S3Error } from "../error.ts";
import * as buckets from "./buckets.ts";
import { type Call, header, type Operation } from "./call.ts";
import { listObjects, listObjectsV2 } from "./listings.ts";
import * as objects from "./objects.ts";
import * as uploads from "./uploads.ts";

/** Throws NotImplemented, by name, for an operation that is not here. */
export function operationOf(call: Call): Operation {
  const unknown = notHere(call);
  if (unknown !== undefined) throw notImplemented(`the operation ${unknown}`);
  const { bucketName, key } = call;
  const found = bucketName === "" ? ofService(call) : key === "" ? ofBucket(call) : ofObject(call);
  if (found) return found;
  throw new S3Error(
    405,
    "MethodNotAllowed",
    "The specified method is not allowed against this resource.",
    { Method: call.method },
  );
}

function ofService({ method }: Call): Operation | undefined {
  return method === "GET" ? buckets.listBuckets : undefined;
}

function ofBucket({ method, query }: Call): Operation | undefined {
  switch (method) {
    case "GET":
      if (query.has("location")) return buckets.getBucketLocation;
      if (query.has("uploads")) return uploads.listMultipartUploads;
      return query.get("list-type") === "2" ? listObjectsV2 : listObjects;
    case "HEAD":
      return buckets.headBucket;
    case "PUT":
      return buckets.createBucket;
    case "DELETE":
      return buckets.deleteBucket;
    case "POST":
      return query.has("delete") ? objects.deleteObjects : undefined;
  }
}

function ofObject(call: Call): Operation | undefined {
  const { method, query } = call;
  const isUpload = query.has("uploadId");
  const isCopy = header(call, "x-amz-copy-source") !== undefined;
  switch (method) {
    case "GET":
      return isUpload ? uploads.listParts : objects.getObject;
    case "HEAD":
      return objects.headObject;
    case "PUT":
      if (isUpload) return isCopy ? uploads.uploadPartCopy : uploads.uploadPart;
      return isCopy ? objects.copyObject : objects.putObject;
    case "DELETE":
      return isUpload ? uploads.abortMultipartUpload : objects.deleteObject;
    case "POST":
      if (isUpload) return uploads.completeMultipartUpload;
      return query.has("uploads") ? uploads.createMultipartUpload : undefined;
  }
}

/** What queries name that is not here, and what AWS calls it. */
const resources: Readonly<Record<string, string>> = {
  abac: "Abac",
  accelerate: "AccelerateConfiguration",
  acl: "Acl",
  analytics: "AnalyticsConfiguration",
  attributes: "Attributes",
  cors: "Cors",
  encryption: "Encryption",
  "intelligent-tiering": "IntelligentTieringConfiguration",
  inventory: "InventoryConfiguration",
  "legal-hold": "LegalHold",
  lifecycle: "LifecycleConfiguration",
  logging: "Logging",
  metrics: "MetricsConfiguration",
  notification: "NotificationConfiguration",
  "object-lock": "LockConfiguration",
  ownershipControls: "OwnershipControls",
  policy: "Policy",
  policyStatus: "PolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  replication: "Replication",
  requestPayment: "RequestPayment",
  retention: "Retention",
  tagging: "Tagging",
  torrent: "Torrent",
  versioning: "Versioning",
  website: "Website",
};

const verbs: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete" };

function notHere({ method, query, key, bucketName, ...call }: Call): string | undefined {
  const verb = verbs[method];
  for (const name of query.keys()) {
    const resource = resources[name];
    if (resource && verb) return `${verb}${key === "" ? "Bucket" : "Object"}${resource}`;
  }
  if (query.has("versions")) return "ListObjectVersions";
  if (query.has("restore")) return "RestoreObject";
  if (query.has("select")) return "SelectObjectContent";
  if (query.has("session")) return "CreateSession";
  if (query.has("renameObject")) return "RenameObject";
  const isForm = call.headers["content-type"]?.startsWith("multipart/form-data");
  if (method === "POST" && bucketName !== "" && isForm) return "PostObject";
  return undefined;
}
