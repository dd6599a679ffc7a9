/** What is wrong with a command line: the command prints it and ends with status 2. */
export class UsageError extends Error {}
