/** UpdateAccountSettings: makes or ends a commitment, for which nobody is billed. */

import { oneOf, required, structure } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { commitmentOutput, enable, end } from "./billing-commitment.ts";

export const updateAccountSettings = action(
  {
    MinimumThroughputBillingCommitment: required(
      structure({ Status: required(oneOf("ENABLED", "DISABLED")) }),
    ),
  },
  ({ MinimumThroughputBillingCommitment: { Status } }, { kinesis }) => {
    const update = Status === "ENABLED" ? enable : end;
    kinesis.billingCommitment = update(kinesis.billingCommitment, kinesis.clock.now());
    return commitmentOutput(kinesis);
  },
);
