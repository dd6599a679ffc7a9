/** PutRecord: one record. */

import { boolean, required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { encryptionType } from "./describe.ts";
import { data, hashKey, partitionKey, sequenceNumber, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const putRecord = action(
  {
    SequenceNumberForOrdering: sequenceNumber,
    PartitionKey: required(partitionKey),
    ExplicitHashKey: hashKey,
    Data: required(data),
    ...stream,
    DryRun: boolean,
  },
  (input, { kinesis }) => {
    const reference = streamOf(input);
    const { ExplicitHashKey, SequenceNumberForOrdering, DryRun = false } = input;
    const { shardId, sequenceNumber } = kinesis.putRecord({
      stream: reference,
      partitionKey: input.PartitionKey,
      data: input.Data,
      dryRun: DryRun,
      ...(ExplicitHashKey !== undefined && { explicitHashKey: ExplicitHashKey }),
      ...(SequenceNumberForOrdering !== undefined && {
        sequenceNumberForOrdering: SequenceNumberForOrdering,
      }),
    });
    const EncryptionType = encryptionType(kinesis.kept(reference));
    return { ShardId: shardId, SequenceNumber: sequenceNumber, EncryptionType };
  },
);
