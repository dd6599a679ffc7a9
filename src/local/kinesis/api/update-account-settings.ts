/** UpdateAccountSettings: makes or ends a commitment, for which nobody is billed. */
import { action } from "./action.ts";
import { commitmentOutput, enable, end } from "./billing-commitment.ts";
import { oneOf, required, structure } from "./shape.ts";

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
