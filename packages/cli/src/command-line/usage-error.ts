/** What is wrong with a command line: the command prints it and ends with status 2. */
export class UsageError extends Error {}

/** `@shardmill/local` is not installed, or is another version's: the command says so and ends with status 2. */
export class LocalError extends Error {}
