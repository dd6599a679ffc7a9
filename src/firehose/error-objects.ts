/**
 * The objects that Firehose writes under its error prefix, one line of JSON a record, and that `s3Overflow` writes too.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 */
export interface ErrorObject {
  /** The record as it came, before any transformation: to put it back is to try it again. */
  readonly rawData: Uint8Array;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptsMade?: number | undefined;
  /** Epoch milliseconds. */
  readonly arrivalTimestamp?: number | undefined;
  /** Epoch milliseconds. */
  readonly attemptEndingTimestamp?: number | undefined;
  readonly lambdaArn?: string | undefined;
  /** Only where the source is a Kinesis stream, and only of some kinds of errors. */
  readonly sequenceNumber?: string | undefined;
  readonly subSequenceNumber?: number | undefined;
}

/** One line, in the form and with the spelling that Firehose was seen to write. */
export function formatErrorObject(error: ErrorObject): string {
  const { attemptEndingTimestamp, attemptsMade, errorCode, errorMessage, rawData } = error;
  const base64 = Buffer.from(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return `${JSON.stringify({
    rawData: base64.toString("base64"),
    errorCode,
    errorMessage,
    attemptsMade,
    arrivalTimestamp: error.arrivalTimestamp,
    attemptEndingTimestamp,
    lambdaARN: error.lambdaArn,
  })}\n`;
}

/**
 * Reads what stands under an error prefix. AWS documents other spellings than it writes (`lambdaArn` and `lambdaARN`,
 * numbers with and without quotes, `errorCode` and `lastErrorCode`): all of them are read.
 *
 * @throws {SyntaxError} A line is not one of these objects; the message has its number.
 *
 * @example
 * for (const { rawData, errorCode } of parseErrorObjects(await readFile("failed"))) retry(rawData);
 */
export function parseErrorObjects(lines: string | Uint8Array): ErrorObject[] {
  const text = typeof lines === "string" ? lines : Buffer.from(lines).toString();
  const errors: ErrorObject[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() !== "") errors.push(parseLine(line, index + 1));
  });
  return errors;
}

function parseLine(line: string, number: number): ErrorObject {
  const fields = new Map<string, unknown>();
  try {
    for (const [name, value] of Object.entries(JSON.parse(line) as object)) {
      fields.set(name.toLowerCase().replace(/^last(?=error)/, ""), value);
    }
  } catch (cause) {
    throw new SyntaxError(`Line ${number} is not JSON, so it is no error object of Firehose.`, {
      cause,
    });
  }
  const rawData = fields.get("rawdata");
  if (typeof rawData !== "string") {
    throw new SyntaxError(`Line ${number} has no rawData, so it is no error object of Firehose.`);
  }
  const text = (name: string) => {
    const value = fields.get(name);
    return value === undefined || value === null ? undefined : String(value);
  };
  const numberIn = (name: string) => {
    const value = text(name);
    return value === undefined || value === "" ? undefined : Number(value);
  };
  return {
    rawData: Buffer.from(rawData, "base64"),
    errorCode: text("errorcode") ?? "",
    errorMessage: text("errormessage") ?? "",
    attemptsMade: numberIn("attemptsmade"),
    arrivalTimestamp: numberIn("arrivaltimestamp"),
    attemptEndingTimestamp: numberIn("attemptendingtimestamp"),
    lambdaArn: text("lambdaarn"),
    sequenceNumber: text("sequencenumber"),
    subSequenceNumber: numberIn("subsequencenumber"),
  };
}
