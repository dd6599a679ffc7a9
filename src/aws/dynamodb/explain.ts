/** What DynamoDB refuses, with what to do: its own sentences name neither the table nor what it should be. */
import { saying } from "../../observe/at-place.ts";

/** What was asked, and of which table. */
interface Request {
  readonly who: string;
  readonly table: string;
  /** As a client's settings have it: a text, or a function that gives one. */
  readonly region: unknown;
  readonly input: unknown;
}

/** Such as ExpiredToken, InvalidClientTokenId, IncompleteSignature, and what the SDK says where it finds none. */
const credentials = /Token|Signature|UnrecognizedClient|CredentialsProvider/;
const otherKeys =
  /(missing the|required) key|missed key|key (element|schema|condition)|mismatch for key|schema type/i;

/** The error, under its own name; with a sentence around it where it is one of how things were set up. */
export async function explained(error: unknown, request: Request): Promise<unknown> {
  const { message = "", name = "" } = (error ?? {}) as Partial<Error>;
  const tables = tablesIn(request);
  const explain = explanationOf(name, message, tables.length === 1);
  if (!explain) return error;
  const place = `${tables.map((name) => `"${name}"`).join(" or ")} in ${await regionOf(request)}`;
  return saying(error, `${request.who}: ${explain(place, message.replace(/\.$/, ""))}`);
}

const keys = "the keys pk (HASH) and sk (RANGE) of type S";

function explanationOf(
  name: string,
  message: string,
  isOursAlone: boolean,
): ((table: string, said: string) => string) | undefined {
  if (name === "ResourceNotFoundException") {
    return (table, said) =>
      `there is no table ${table} (${said}). Make it, with ${keys} and a time to live on expiresAt, or name another as tableName or PROGRESS_TABLE.`;
  }
  if (name === "ValidationException" && isOursAlone && otherKeys.test(message)) {
    return (table, said) =>
      `the table ${table} has other keys than it should: ${said}. It must have ${keys}.`;
  }
  if (name === "AccessDeniedException") {
    return (table, said) =>
      `the function's role is not allowed to use the table ${table}: ${said}.`;
  }
  if (credentials.test(name)) {
    return (table, said) =>
      `the credentials are not taken for the table ${table}: ${said}. The function's role has some, unless AWS_ACCESS_KEY_ID, AWS_PROFILE or a client bring others.`;
  }
  return undefined;
}

/** The table, and those of the user's writes beside ours. */
function tablesIn({ input, table }: Request): string[] {
  const { TransactItems = [] } = (input ?? {}) as { TransactItems?: readonly object[] };
  const named = TransactItems.flatMap((item) =>
    Object.values(item).map(({ TableName }: { TableName?: unknown }) => String(TableName)),
  );
  return [...new Set([table, ...named])];
}

async function regionOf({ region }: Request): Promise<string> {
  try {
    const known: unknown = typeof region === "function" ? await region() : region;
    return typeof known === "string" ? known : "the client's region";
  } catch {
    return "the client's region";
  }
}
