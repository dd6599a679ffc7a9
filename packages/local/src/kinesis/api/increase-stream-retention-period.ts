/** IncreaseStreamRetentionPeriod: a longer retention, which brings nothing back. */

import { integer, required } from "../../../../services/src/protocol/shape.ts";
import { invalidArgument } from "../error.ts";
import { checkRetention } from "../retention.ts";
import { action } from "./action.ts";
import { stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const increaseStreamRetentionPeriod = action(
  { RetentionPeriodHours: required(integer({})), ...stream },
  (input, { kinesis }) => {
    const reference = streamOf(input);
    const hours = input.RetentionPeriodHours;
    checkRetention(hours);
    const { name, retentionHours } = kinesis.describeStream({ stream: reference });
    if (hours < retentionHours) {
      throw invalidArgument(
        `Requested retention period (${hours} hours) for stream ${name} can not be shorter than existing retention period (${retentionHours} hours). Use DecreaseRetentionPeriod API.`,
      );
    }
    kinesis.setRetention({ stream: reference, hours });
  },
);
