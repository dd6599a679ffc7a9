/** What a reading of video fails with. Recognised by their names, so that two copies of shardmill agree. */

/** Bytes that are no Matroska, or none that GetMedia sends. */
export class MatroskaError extends Error {
  override readonly name = "MatroskaError";
  /** Where in the payload, counted from its first byte. */
  readonly byteOffset: number;
  /** What is wrong there, without what to do. */
  readonly what: string;

  constructor(byteOffset: number, what: string, remedy = readAgain) {
    super(`Matroska, byte ${byteOffset}: ${what}. ${remedy}`);
    this.byteOffset = byteOffset;
    this.what = what;
  }
}

const readAgain =
  "The fragments before it are whole: read on behind the last of them with a new GetMedia, as consumeVideo does.";

/**
 * What GetMedia says in the place of a fragment, in the tags AWS_KINESISVIDEO_ERROR_ID and _ERROR_CODE.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 */
export class GetMediaError extends Error {
  override readonly name = "GetMediaError";
  /** 3002, 4000, 4500 to 4506 or 5000; NaN where GetMedia said none. */
  readonly errorId: number;
  readonly errorCode: string;

  constructor(errorId: number, errorCode: string) {
    super(
      `GetMedia ended with error ${errorId} (${errorCode}): ${meanings.get(errorId) ?? "AWS's page of GetMedia says what it means."}`,
    );
    this.errorId = errorId;
    this.errorCode = errorCode;
  }
}

const key = "look at the stream's KMS key and at its policy.";

const meanings: ReadonlyMap<number, string> = new Map([
  [3002, "it could not write the answer. Call it again."],
  [
    4000,
    "the fragment that was asked for is not there. It may be older than the stream's retention.",
  ],
  [4500, "the KMS key may not be used: allow the caller kms:Decrypt on it."],
  [4501, "the KMS key is disabled: enable it."],
  [4502, `the KMS key was not accepted: ${key}`],
  [4503, "the KMS key is unavailable. Call it again later."],
  [4504, `the KMS key is used wrongly: ${key}`],
  [4505, `the KMS key is in no state to be used: ${key}`],
  [4506, `the KMS key was not found: ${key}`],
  [5000, "an error inside of Kinesis Video Streams. Call it again later."],
]);
