/** PutRecords: up to 500 records, each of which goes in or is refused alone. */

import {
  boolean,
  type InputOf,
  list,
  required,
  structure,
} from "../../../../services/src/protocol/shape.ts";
import type { PutRecordsResult } from "../types.ts";
import { type Api, action } from "./action.ts";
import { encryptionType } from "./describe.ts";
import { data, hashKey, partitionKey, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

const members = {
  Records: required(
    list(
      structure({
        PartitionKey: required(partitionKey),
        ExplicitHashKey: hashKey,
        Data: required(data),
      }),
      { min: 1, max: 500 },
    ),
  ),
  ...stream,
  DryRun: boolean,
} as const;

export const putRecords = action(members, (input, api) => {
  const reference = streamOf(input);
  const { failedRecordCount, records } = put(reference, input, api);
  return {
    FailedRecordCount: failedRecordCount,
    Records: records.map((one) =>
      "shardId" in one
        ? { SequenceNumber: one.sequenceNumber, ShardId: one.shardId }
        : { ErrorCode: one.errorCode, ErrorMessage: one.errorMessage },
    ),
    EncryptionType: encryptionType(api.kinesis.kept(reference)),
  };
});

function put(
  stream: string,
  { Records, DryRun = false }: InputOf<typeof members>,
  { kinesis, throttlesRecord }: Api,
): PutRecordsResult {
  const records = Records.map(({ PartitionKey, ExplicitHashKey, Data }) =>
    ExplicitHashKey === undefined
      ? { partitionKey: PartitionKey, data: Data }
      : { partitionKey: PartitionKey, data: Data, explicitHashKey: ExplicitHashKey },
  );
  return kinesis.putRecords({ stream, records, refuses: throttlesRecord, dryRun: DryRun });
}
