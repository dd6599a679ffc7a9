/** Events of a Firehose transformation, and what a transformation answers. */
import {
  type Fields,
  fromBase64,
  isObject,
  type Kind,
  numberOf,
  type Path,
  type Problem,
  textOf,
} from "./finding.ts";
import { counted } from "./section.ts";
import {
  type ReadRecord,
  readRecord,
  recordProblems,
  recordReport,
  recordSection,
} from "./stream-record.ts";

export const firehoseEvent: Kind = {
  name: "an event of a Firehose transformation",
  lacks(value) {
    if (!Array.isArray(value.records)) return 'it has no list "records"';
    return "deliveryStreamArn" in value ? undefined : 'it has no "deliveryStreamArn"';
  },
  read(event, path) {
    const given = event.records as unknown[];
    const written = given.map((record, index) =>
      writtenRecord(record, [...path, "records", index]),
    );
    const records = written.map(({ recordId, read }) => ({ recordId, ...recordReport(read) }));
    const { invocationId, deliveryStreamArn, sourceKinesisStreamArn, region } = event;
    return {
      kind: "firehoseEvent",
      report: { invocationId, deliveryStreamArn, sourceKinesisStreamArn, region, records },
      problems: [...written.flatMap(({ problems }) => problems), ...repeated(written, path)],
      section: {
        title: "an event of a Firehose transformation",
        fields: [
          ["delivery stream", textOf(event, "deliveryStreamArn")],
          ["source", textOf(event, "sourceKinesisStreamArn") ?? textOf(event, "sourceMSKArn")],
          ["invocation", textOf(event, "invocationId")],
          ["records", counted(records.length, "record")],
        ],
        sections: written.map(({ recordId = "no recordId", read }, index) =>
          recordSection(`record ${index}: ${recordId}`, read),
        ),
      },
    };
  },
};

interface Written {
  readonly recordId: string | undefined;
  readonly read: ReadRecord;
  readonly problems: readonly Problem[];
}

function writtenRecord(value: unknown, path: Path): Written {
  if (!isObject(value)) {
    const problem = { path, what: "it is no object" };
    return { recordId: undefined, read: readRecord({ data: undefined }), problems: [problem] };
  }
  const recordId = textOf(value, "recordId");
  const data = fromBase64(value.data ?? value.kafkaRecordValue);
  const metadata: Fields = isObject(value.kinesisRecordMetadata) ? value.kinesisRecordMetadata : {};
  const read = readRecord({
    data,
    arrival: numberOf(value, "approximateArrivalTimestamp"),
    shardId: textOf(metadata, "shardId"),
    partitionKey: textOf(metadata, "partitionKey"),
    sequenceNumber: textOf(metadata, "sequenceNumber"),
  });
  return {
    recordId,
    read,
    problems: [
      ...(recordId === undefined ? [{ path, what: "it has no recordId" }] : []),
      ...(data ? [] : [{ path: [...path, "data"], what: "it is no base64" }]),
      ...recordProblems(read).map((what) => ({ path, what })),
    ],
  };
}

function repeated(written: readonly Written[], path: Path): Problem[] {
  const ids = written.map(({ recordId }) => recordId);
  return ids.flatMap((id, index) =>
    id !== undefined && ids.indexOf(id) < index
      ? [{ path: [...path, "records", index], what: `it has the recordId ${id} of an earlier one` }]
      : [],
  );
}
