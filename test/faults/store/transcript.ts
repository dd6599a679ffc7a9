/** Requests and what was answered to them, in a form that can be kept and compared. */
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Step } from "./random-operations.ts";
import type { Item } from "./value.ts";

const commands = {
  Put: PutCommand,
  Update: UpdateCommand,
  Delete: DeleteCommand,
  Get: GetCommand,
  Query: QueryCommand,
  BatchGet: BatchGetCommand,
  TransactWrite: TransactWriteCommand,
};

export interface Exchange extends Step {
  readonly answer: unknown;
}

/** Performs the steps one after the other. */
export async function perform(
  client: Pick<DynamoDBDocumentClient, "send">,
  steps: readonly Step[],
): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const step of steps) exchanges.push({ ...step, answer: await answerTo(client, step) });
  return exchanges;
}

async function answerTo(client: Pick<DynamoDBDocumentClient, "send">, step: Step) {
  const send = async (input: object) => {
    const Command = commands[step.operation] as new (input: unknown) => object;
    return (await client.send(new Command(input) as never)) as Reply;
  };
  try {
    if (step.operation !== "Query") return comparable(step, await send(step.input));
    return (await allPages(send, step.input)).map((page) => comparable(step, page));
  } catch (error) {
    return comparableError(error as Failure);
  }
}

type Reply = Readonly<Record<string, unknown>>;

/**
 * A query's pages to the end. When the limit falls on the last item, DynamoDB goes on to an empty
 * page, and DynamoDB Local does not: that page and the key that leads to it are left out.
 */
async function allPages(send: (input: object) => Promise<Reply>, input: object): Promise<Reply[]> {
  const pages = [await send(input)];
  for (let next = pages[0]!.LastEvaluatedKey; next !== undefined; ) {
    const page = await send({ ...input, ExclusiveStartKey: next });
    if (page.ScannedCount === 0) {
      const { LastEvaluatedKey: _, ...last } = pages.pop()!;
      return [...pages, last];
    }
    pages.push(page);
    next = page.LastEvaluatedKey;
  }
  return pages;
}

interface Failure extends Error {
  readonly Item?: Item;
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Item?: Item }[];
}

/** Texts of errors differ between DynamoDB and its emulators; names, codes and items do not. */
function comparableError({ name, Item, CancellationReasons: reasons }: Failure) {
  const old = (item: Item | undefined) => (item ? { Item: unmarshall(item) } : {});
  return sorted({
    error: name,
    ...old(Item),
    ...(reasons && { reasons: reasons.map(({ Code, Item }) => ({ Code, ...old(Item) })) }),
  });
}

function comparable({ operation }: Step, reply: Reply) {
  const { $metadata: _, ConsumedCapacity, ...rest } = reply;
  // DynamoDB Local bills nothing for what a batch or a query does not find; DynamoDB bills the
  // smallest read.
  const billed = operation !== "BatchGet" && rest.ScannedCount !== 0;
  const units = [ConsumedCapacity ?? []].flat().map((one) => (one as Units).CapacityUnits);
  return sorted({ ...rest, ...(billed && units.length > 0 && { units }) });
}

interface Units {
  readonly CapacityUnits: number;
}

/** The same value with everything in one order that has none of its own. */
function sorted(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (value instanceof Set) return new Set([...value].sort());
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    const inOrder =
      name === "Responses" ? byText(member) : name === "SS" ? [...member].sort() : member;
    return [name, sorted(inOrder)] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** BatchGet answers in no order. */
function byText(responses: Record<string, unknown[]>) {
  const text = (item: unknown) => JSON.stringify(sorted(item));
  return Object.fromEntries(
    Object.entries(responses).map(([table, items]) => [
      table,
      [...items].sort((a, b) => (text(a) < text(b) ? -1 : 1)),
    ]),
  );
}

/** JSON that keeps sets and binaries. */
export function toJson(exchanges: readonly Exchange[]): string {
  const lines = exchanges.map((exchange) => JSON.stringify(exchange, keep));
  return `[\n${lines.join(",\n")}\n]\n`;
}

export function fromJson(text: string): Exchange[] {
  return JSON.parse(text, (_, value) => {
    if (typeof value?.$bytes === "string")
      return new Uint8Array(Buffer.from(value.$bytes, "base64"));
    return Array.isArray(value?.$set) ? new Set(value.$set) : value;
  });
}

function keep(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  return value instanceof Set ? { $set: [...value] } : value;
}
