/** StreamCreationTimestamp: tells a stream from an earlier one of its name. */
import { notFound } from "../error.ts";
import type { Kinesis } from "../types.ts";

/** Clients round the time to seconds, or take it as it was given to them. */
export function checkCreation(
  kinesis: Kinesis,
  stream: string,
  createdAt: number | undefined,
): void {
  if (createdAt === undefined) return;
  const description = kinesis.describeStream({ stream });
  if (Math.abs(description.createdAt - createdAt) < 1000) return;
  throw notFound(
    `Stream ${description.name} under account ${kinesis.accountId} created at ${createdAt} not found.`,
  );
}
