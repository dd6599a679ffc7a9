/**
 * GetRecords whose records are read here, out of the bytes of the answer. The SDK runs a pattern over the text of each record before
 * it decodes it, and walks a schema: a sixth of a worker's time.
 */
import type * as Sdk from "@aws-sdk/client-kinesis";
import type { DeliveredRecord } from "../../record/lambda-event.ts";

export interface GetRecords {
  readonly command: Sdk.GetRecordsCommand;
  /** Of the command's answer: a client that is no SDK's has the records in it. */
  recordsOf(page: Sdk.GetRecordsOutput): readonly DeliveredRecord[];
}

/** An answer of HTTP as the SDK's middlewares see it. */
interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream, unless somebody has read it. */
  body: unknown;
}

type Send = (args: any) => Promise<{ readonly response: unknown; readonly output: any }>;

interface RecordInJson {
  readonly SequenceNumber: string;
  readonly PartitionKey: string;
  readonly Data: string;
  /** In seconds. */
  readonly ApproximateArrivalTimestamp?: number;
}

export function getRecords(
  { GetRecordsCommand }: typeof Sdk,
  input: Sdk.GetRecordsInput,
): GetRecords {
  let found: readonly RecordInJson[] | undefined;
  const takeRecords =
    (next: Send): Send =>
    async (args) => {
      const result = await next(args);
      const answer = result.response as Answer;
      const { body, headers, statusCode } = answer;
      if (statusCode === 200 && headers["content-type"]?.includes("json") && isStream(body)) {
        const { Records, ...rest } = JSON.parse(await textOf(body));
        found = Records;
        answer.body = Buffer.from(JSON.stringify(rest));
      }
      return result;
    };
  const command = new GetRecordsCommand(input);
  command.middlewareStack.addRelativeTo(takeRecords, {
    ...{ name: "takeRecords", relation: "after", toMiddleware: "deserializerMiddleware" },
  });
  return {
    command,
    recordsOf: ({ Records }) => (found ? decoded(found) : deliveredRecords(Records)),
  };
}

/** Data share buffers, since one for each record costs more than the decoding; small ones, since one is kept until the last record in it is done. */
const bufferBytes = 256 * 1024;

function decoded(records: readonly RecordInJson[]): readonly DeliveredRecord[] {
  let buffer = Buffer.alloc(0);
  let end = 0;
  return records.map((record) => {
    const most = Buffer.byteLength(record.Data, "base64");
    if (end + most > buffer.length) {
      buffer = Buffer.allocUnsafeSlow(Math.max(most, bufferBytes));
      end = 0;
    }
    const start = end;
    end += buffer.write(record.Data, start, "base64");
    return {
      sequenceNumber: record.SequenceNumber,
      partitionKey: record.PartitionKey,
      data: buffer.subarray(start, end),
      approximateArrivalTimestamp: milliseconds(record.ApproximateArrivalTimestamp),
    };
  });
}

/** Records as the SDK gives them. */
export const deliveredRecords = (
  records: readonly Sdk._Record[] = [],
): readonly DeliveredRecord[] =>
  records.map((record) => ({
    sequenceNumber: record.SequenceNumber!,
    partitionKey: record.PartitionKey!,
    data: record.Data!,
    approximateArrivalTimestamp: record.ApproximateArrivalTimestamp?.getTime() ?? Date.now(),
  }));

const milliseconds = (seconds: number | undefined) =>
  seconds === undefined ? Date.now() : Math.round(seconds * 1000);

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === "object" && body !== null && Symbol.asyncIterator in body;

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
