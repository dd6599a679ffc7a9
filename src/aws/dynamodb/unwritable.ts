/** What the SDK says of a value that it cannot write as one of DynamoDB's. Its errors have no name and no code of their own. */
const said =
  /^(Unsupported type passed|No value defined|Only Number Set|Special numeric value|Pass (options|a non-empty set)|Number .* Use NumberValue)/;

/** Whether it is that: nothing was sent, and the same value fails in the same way again. */
export const isUnwritable = (error: unknown): boolean =>
  said.test(String((error as Error | undefined)?.message));
