/**
 * The version in package.json. What `dynamodbProgress` and its like bring along works on the inside of a batch, so it must be of the
 * consumer's own version; of another copy it may be.
 */
export const version = "0.1.0";
