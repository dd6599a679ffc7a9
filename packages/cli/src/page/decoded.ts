/** Records as their function reads them: by the handler's own decoder, where it can be had. */
import type { HandlerReader, Template } from "@shardmill/local/rig";
import type { ShownRecord } from "./records.ts";

interface Readers {
  readonly machine: { reader(functionName: string): HandlerReader | undefined };
  readonly template: Pick<Template, "functions" | "mappings" | "streams">;
}

/** The functions that read a stream. */
const readersOf = ({ functions, mappings, streams }: Readers["template"], stream: string) => {
  const arn = streams.find(({ name }) => name === stream)?.arn;
  return mappings
    .filter(({ streamArn }) => streamArn === arn)
    .flatMap(({ functionLogicalId }) =>
      functions.filter(({ logicalId }) => logicalId === functionLogicalId),
    )
    .map(({ name }) => name);
};

/**
 * The same, each with what the decoder of `functionName` makes of it; without a name that of the first function that reads the stream. Where no
 * decoder can be had they stay as they are, as `shardmill inspect` shows them.
 */
export async function withDecoded(
  { machine, template }: Readers,
  stream: string,
  records: readonly ShownRecord[],
  functionName?: string,
): Promise<readonly ShownRecord[]> {
  if (records.length === 0) return records;
  const streamArn = template.streams.find(({ name }) => name === stream)?.arn ?? stream;
  const asked = records.map(({ arrivedAt, data, partitionKey, position, shardId }) => {
    const [sequenceNumber = "", sub = "0"] = position.split(".");
    return {
      ...{ data, partitionKey, sequenceNumber, subSequenceNumber: Number(sub), shardId, streamArn },
      approximateArrivalTimestamp: arrivedAt,
    };
  });
  for (const by of functionName === undefined ? readersOf(template, stream) : [functionName]) {
    const read = await machine
      .reader(by)
      ?.records(asked)
      .catch(() => undefined);
    if (!read) continue;
    return records.map((record, at) => {
      const own = read[at];
      return !own || "isJson" in own ? record : { ...record, decoded: { by, ...own } };
    });
  }
  return records;
}
