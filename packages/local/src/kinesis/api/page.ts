/** Pages of a list, and the tokens that go on with them: good for 300 seconds. */
import { invalidArgument, KinesisError } from "../error.ts";

const lifetime = 300_000;

/** What a token remembers: the request that it goes on with, and the last item that was given. */
export interface Continuation {
  readonly kind: string;
  readonly after: string;
  readonly issuedAt: number;
  readonly request: Readonly<Record<string, unknown>>;
}

export const pageToken = (continuation: Continuation): string =>
  Buffer.from(JSON.stringify(continuation)).toString("base64");

/** Throws InvalidArgumentException for what is no token, ExpiredNextTokenException for an old one. */
export function readPageToken(kind: string, token: string, now: number): Continuation {
  const continuation = parse(token);
  if (continuation?.kind !== kind) throw invalidArgument("Invalid NextToken.");
  if (now - continuation.issuedAt > lifetime) {
    throw new KinesisError("ExpiredNextTokenException", "The NextToken has expired.");
  }
  return continuation;
}

function parse(token: string): Continuation | undefined {
  try {
    const { kind, after, issuedAt, request } = JSON.parse(Buffer.from(token, "base64").toString());
    const whole =
      typeof after === "string" && Number.isFinite(issuedAt) && request instanceof Object;
    return whole ? { kind, after, issuedAt, request } : undefined;
  } catch {
    return undefined;
  }
}

/** Of DescribeStream, ListStreams and ListStreamConsumers: more may be asked for, and are not given. */
const largestPage = 100;

export const upToHundred = (asked: number = largestPage) => Math.min(asked, largestPage);

/** The first `limit` items after the one called `after`. Items are in the order of their names. */
export function pageOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  after: string | undefined,
  limit: number,
): { readonly page: readonly Item[]; readonly more: boolean } {
  const rest = after === undefined ? items : items.filter((item) => nameOf(item) > after);
  return { page: rest.slice(0, limit), more: rest.length > limit };
}
