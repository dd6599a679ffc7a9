/** The operations on buckets. */
import { childText } from "../../http/xml.ts";
import { S3Error } from "../error.ts";
import { bucketOf, isoTime, type Operation, xmlAnswer, xmlBody } from "./call.ts";

export const listBuckets: Operation = async ({ s3, query }) => {
  const prefix = query.get("prefix") ?? "";
  const buckets = (await s3.buckets()).filter(({ name }) => name.startsWith(prefix));
  return xmlAnswer("ListAllMyBucketsResult", {
    Owner: { ID: s3.accountId },
    Buckets: {
      Bucket: buckets.map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: isoTime(createdAt),
        BucketRegion: s3.region,
      })),
    },
  });
};

/** In us-east-1 it is no error to make one's own bucket again. */
export const createBucket: Operation = async (call) => {
  const { s3, bucketName } = call;
  const asked = await xmlBody(call, "CreateBucketConfiguration");
  const region = (asked && childText(asked, "LocationConstraint")) || "us-east-1";
  if (region !== s3.region) {
    throw new S3Error(
      400,
      "IllegalLocationConstraintException",
      `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  const isThere = (await s3.buckets()).some(({ name }) => name === bucketName);
  if (isThere && s3.region !== "us-east-1") {
    throw new S3Error(
      409,
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { BucketName: bucketName },
    );
  }
  await s3.createBucket(bucketName);
  return { status: 200, headers: { Location: `/${bucketName}` } };
};

export const headBucket: Operation = async (call) => {
  await bucketOf(call);
  return { status: 200, headers: { "x-amz-bucket-region": call.s3.region } };
};

export const getBucketLocation: Operation = async (call) => {
  await bucketOf(call);
  const { region } = call.s3;
  const answer = xmlAnswer("LocationConstraint", {});
  const text = region === "us-east-1" ? "" : region;
  return { ...answer, body: String(answer.body).replace("></Loc", `>${text}</Loc`) };
};

export const deleteBucket: Operation = async ({ s3, bucketName }) => {
  await s3.deleteBucket(bucketName);
  return { status: 204 };
};
