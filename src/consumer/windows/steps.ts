import { windowedPlanOf } from "./plan.ts";

/** What windows add to a consumer. They bring it along, so that a handler without them does not carry it. */
export const windowSteps = { planOf: windowedPlanOf };
