/** DescribeAccountSettings: what UpdateAccountSettings was given. */

import { action } from "./action.ts";
import { commitmentOutput } from "./billing-commitment.ts";

export const describeAccountSettings = action({}, (_, { kinesis }) => commitmentOutput(kinesis));
