/** The actions of Firehose's API that are served: what their requests hold, and what they do. */

import type { Output } from "../../protocol/json.ts";
import {
  blob,
  boolean,
  type InputOf,
  integer,
  list,
  type Members,
  oneOf,
  required,
  string,
  structure,
} from "../../protocol/shape.ts";
import { FirehoseError, invalidArgument, streamNotFound } from "../error.ts";
import type { DeliveryStreamSettings } from "../settings/cloudformation.ts";
import type { DeliveryStream } from "../types.ts";
import { describeStream } from "./describe.ts";

/** What the actions work on. */
export interface Api {
  readonly deliveryStreams: Map<string, DeliveryStream>;
  readonly create: ((name: string, settings: DeliveryStreamSettings) => DeliveryStream) | undefined;
  readonly accountId: string;
  /** Throws a FirehoseError where there have been too many calls. */
  admitCall(stream: DeliveryStream): void;
  /** Whether a record is refused, as one too many. */
  refuses(stream: DeliveryStream, data: Uint8Array): boolean;
}

export interface Action {
  readonly members: Members;
  /** `body`: the request as it came. */
  readonly perform: (input: never, api: Api, body: Output) => Output;
}

function action<const M extends Members>(
  members: M,
  perform: (input: InputOf<M>, api: Api, body: Output) => Output,
): Action {
  return { members, perform };
}

const name = string({ pattern: "[a-zA-Z0-9_.-]+", min: 1, max: 64 });
const DeliveryStreamName = required(name);
const type = oneOf(
  ...(["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"] as const),
);
const record = structure({ Data: required(blob(1_024_000)) });

export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  [
    "PutRecord",
    action({ DeliveryStreamName, Record: required(record) }, (input, api) => {
      const stream = find(input.DeliveryStreamName, api);
      const { Data } = input.Record;
      api.admitCall(stream);
      if (api.refuses(stream, Data)) throw slowDown();
      return { RecordId: stream.put(Data).recordId, Encrypted: false };
    }),
  ],
  [
    "PutRecordBatch",
    action(
      { DeliveryStreamName, Records: required(list(record, { min: 1, max: 500 })) },
      (input, api) => {
        const stream = find(input.DeliveryStreamName, api);
        api.admitCall(stream);
        const { failedPutCount, responses } = stream.putBatch(
          input.Records.map(({ Data }) => Data),
          (data) => api.refuses(stream, data),
        );
        return {
          FailedPutCount: failedPutCount,
          Encrypted: false,
          RequestResponses: responses.map((one) =>
            "recordId" in one
              ? { RecordId: one.recordId }
              : { ErrorCode: one.errorCode, ErrorMessage: one.errorMessage },
          ),
        };
      },
    ),
  ],
  [
    "CreateDeliveryStream",
    action({ DeliveryStreamName, DeliveryStreamType: type }, (input, api, body) => {
      const { DeliveryStreamName: name } = input;
      if (api.deliveryStreams.has(name)) {
        throw new FirehoseError(
          "ResourceInUseException",
          `Firehose ${name} under accountId ${api.accountId} already exists`,
        );
      }
      if (!api.create) {
        throw invalidArgument(
          `No delivery stream is created here: this server serves those that it was started with.`,
        );
      }
      const { DeliveryStreamName: _, ...settings } = body;
      const stream = api.create(name, settings as DeliveryStreamSettings);
      api.deliveryStreams.set(name, stream);
      return { DeliveryStreamARN: stream.arn };
    }),
  ],
  [
    "DeleteDeliveryStream",
    action({ DeliveryStreamName, AllowForceDelete: boolean }, (input, api) => {
      const stream = find(input.DeliveryStreamName, api);
      api.deliveryStreams.delete(stream.name);
      // It delivers what it has, and nobody waits for that; a source that is gone is no error now.
      stream.close().catch(() => {});
      return {};
    }),
  ],
  [
    "DescribeDeliveryStream",
    action({ DeliveryStreamName, Limit: integer({ min: 1, max: 10_000 }) }, (input, api) => ({
      DeliveryStreamDescription: describeStream(find(input.DeliveryStreamName, api)),
    })),
  ],
  [
    "ListDeliveryStreams",
    action(
      {
        Limit: integer({ min: 1, max: 10_000 }),
        DeliveryStreamType: type,
        ExclusiveStartDeliveryStreamName: name,
      },
      ({ Limit = 10, DeliveryStreamType, ExclusiveStartDeliveryStreamName = "" }, api) => {
        const names = [...api.deliveryStreams.values()]
          .filter((one) => !DeliveryStreamType || one.sourceType === DeliveryStreamType)
          .map((one) => one.name)
          .filter((one) => one > ExclusiveStartDeliveryStreamName)
          .sort();
        return {
          DeliveryStreamNames: names.slice(0, Limit),
          HasMoreDeliveryStreams: names.length > Limit,
        };
      },
    ),
  ],
]);

function find(name: string, { deliveryStreams, accountId }: Api): DeliveryStream {
  const stream = deliveryStreams.get(name);
  if (stream) return stream;
  throw streamNotFound(name, accountId);
}

export const slowDown = () => new FirehoseError("ServiceUnavailableException", "Slow down.");
