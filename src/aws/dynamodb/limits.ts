/**
 * What DynamoDB takes, each a constant, so that a bundle has its number alone; in bytes, but for the last two.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */

/** Names and values of all attributes. */
export const item = 400 * 1024;
export const partitionKey = 2048;
export const sortKey = 1024;
/** Keys in a BatchGetItem, and actions in a TransactWriteItems. */
export const batchGet = 100;
export const transaction = 100;
