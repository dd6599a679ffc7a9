import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { CommandSender } from "../command-sender.ts";
import { givenClient, givenText } from "../given.ts";
import { explained } from "./explain.ts";
import { marshalledByUs, type TranslatedCommand, unmarshalledByUs } from "./translate.ts";

/** Which table, and through which client. */
export interface DocumentClientOptions {
  /** @default the environment variable PROGRESS_TABLE */
  readonly tableName?: string | undefined;
  /**
   * Your own client, with its own retries and time-outs: a `DynamoDBClient`, a `DynamoDBDocumentClient` with whatever
   * options, or anything that sends the commands of `@aws-sdk/lib-dynamodb`. @default one from the environment
   */
  readonly client?: CommandSender;
}

type Send = DynamoDBDocumentClient["send"];

/** What the stores send their commands through. */
export interface StoreClient {
  readonly send: Send;
  /** Sends writes of the user's beside our own: they are marshalled as the user's client would do it. */
  readonly transact: Send;
}

/** The table's name; throws at start when there is none. */
export function tableNameOf(
  { tableName = process.env.PROGRESS_TABLE }: DocumentClientOptions,
  who: string,
): string {
  return givenText(tableName, "tableName", who, "PROGRESS_TABLE");
}

/** The client, whatever options its own translation has. What it rejects with says which table it was, and what to do. */
export function documentClient(options: DocumentClientOptions, who: string): StoreClient {
  const given = givenClient(options.client, `${who}: client`, "DynamoDBClient");
  const client = given ?? new DynamoDBClient({});
  const sender = senderOf(client as Sender);
  const { region } = (client as Sender).config ?? {};
  const table = tableNameOf(options, who);
  const sending =
    (translate: (command: TranslatedCommand) => TranslatedCommand) =>
    async (command: TranslatedCommand): Promise<unknown> => {
      try {
        return await sender.send(translate(command));
      } catch (error) {
        throw await explained(error, { who, table, region, input: command.input });
      }
    };
  return { send: sending(marshalledByUs) as Send, transact: sending(unmarshalledByUs) as Send };
}

/** Sends writes of the user's alone: they are marshalled as the user's client would do it. */
export function usersClient(given: CommandSender | undefined): Send {
  const sender = senderOf((given ?? new DynamoDBClient({})) as Sender);
  return (async (command: TranslatedCommand, options?: { readonly abortSignal?: AbortSignal }) =>
    sender.send(unmarshalledByUs(command), options)) as Send;
}

/** As far as it is looked at. */
interface Sender extends CommandSender {
  readonly config?: { readonly region?: unknown };
  readonly middlewareStack?: unknown;
}

/**
 * Of a plain client a document client is made: with a copy of its settings, since `from` writes into those, and other document
 * clients of the same client would translate as ours does.
 */
function senderOf(client: Sender): Sender {
  const { config, middlewareStack } = client;
  const isPlain =
    config !== undefined &&
    middlewareStack !== undefined &&
    !("translateConfig" in config) &&
    // Somebody has put another function there: it is meant to be called.
    !Object.hasOwn(client, "send");
  if (!isPlain) return client;
  const copy = { ...client, config: { ...config }, middlewareStack } as unknown as DynamoDBClient;
  return DynamoDBDocumentClient.from(copy) as unknown as Sender;
}
