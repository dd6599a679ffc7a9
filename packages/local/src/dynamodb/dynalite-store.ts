import { createRequire } from "node:module";
import { type Answer, type Item, refusal } from "./engine.ts";
import { installLinearParsers } from "./linear-parsers.ts";
import { type MemoryLevel, readDirectly } from "./memory-level.ts";
import type { Input } from "./types.ts";

/**
 * dynalite without its HTTP server: its store, and its operations called directly, so that a
 * request costs no second hop and a transaction can be made of single writes.
 */
export interface DynaliteStore {
  has(operation: string): boolean;
  /** Checks a request as far as that is possible without looking at a table. Throws `Refused`. */
  parse(operation: string, input: Input): Input;
  /** Performs a parsed request. Throws `Refused`. */
  perform(operation: string, parsed: Input): Promise<Record<string, unknown>>;
  table(tableName: string): Promise<DynaliteTable>;
  /** The item under a key, as a consistent read sees it. */
  read(tableName: string, key: Item): Promise<Item | undefined>;
  /** Throws `Refused` if the item does not meet the parsed request's condition. */
  checkCondition(parsed: Input, item: Item | undefined): void;
  /** Size in bytes, as it is billed. */
  sizeOf(item: Item): number;
  close(): Promise<void>;
}

export interface DynaliteTable {
  readonly name: string;
  /** The key's attributes, cut out of an item. */
  keyOf(item: Item): Item;
  /** One text for equal keys. Throws `Refused` if it is not a key of this table. */
  identify(key: Item): string;
}

/** A request that was refused, with the answer that says so. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(String(answer.body.message ?? answer.body.Message ?? answer.body.__type));
    this.answer = answer;
  }
}

export function refuse(...reason: Parameters<typeof refusal>): never {
  throw new Refused(refusal(...reason));
}

/** Those of dynalite's operations that need no layer of ours. */
const operations = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "GetItem",
  "ListTables",
  "ListTagsOfResource",
  "PutItem",
  "Query",
  "Scan",
  "TagResource",
  "UntagResource",
  "UpdateItem",
  "UpdateTable",
];

/** What of dynalite's insides is used here. It publishes no types. */
interface Operation {
  readonly types: unknown;
  readonly custom: unknown;
  readonly action: (store: Store, parsed: Input, done: Done) => void;
}
type Done = (error: unknown, body?: Record<string, unknown>) => void;
interface Store {
  readonly db: MemoryLevel;
  readonly tableDb: { awsRegion: string; awsAccountId: string };
  getTable(name: string, done: (error: unknown, table: TableDescription) => void): void;
}
interface TableDescription {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}
interface Db {
  create(options: Record<string, number>): Store;
  checkConditional(parsed: Input, item: Item | undefined): unknown;
  itemSize(item: Item): number;
  validateKey(key: Item, table: TableDescription): unknown;
  createKey(key: Item, table: TableDescription): string;
}
interface Validations {
  checkTypes(input: Input, types: unknown): Input;
  checkValidations(parsed: Input, types: unknown, custom: unknown, store: Store): void;
}

export function dynaliteStore({
  region,
  accountId,
}: {
  readonly region: string;
  readonly accountId: string;
}): DynaliteStore {
  const require = createRequire(import.meta.url);
  installLinearParsers(require);
  const db: Db = require("dynalite/db");
  const validations: Validations = require("dynalite/validations");
  const known = new Map<string, Operation>();
  for (const operation of operations) {
    const file = operation[0]!.toLowerCase() + operation.slice(1);
    const action = require(`dynalite/actions/${file}`);
    known.set(operation, { ...require(`dynalite/validations/${file}`), action });
  }
  const store = db.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  readDirectly(store.db);
  store.tableDb.awsRegion = region;
  store.tableDb.awsAccountId = accountId;

  function parse(operation: string, input: Input): Input {
    const { types, custom } = known.get(operation)!;
    return refusing(() => {
      // dynalite deletes from what it is given what it does not know.
      const parsed = validations.checkTypes({ ...input }, types);
      validations.checkValidations(parsed, types, custom, store);
      return parsed;
    });
  }

  function perform(operation: string, parsed: Input): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      known
        .get(operation)!
        .action(store, parsed, (error, body) =>
          error ? reject(asRefused(error)) : resolve(body ?? {}),
        );
    });
  }

  return {
    has: (operation) => known.has(operation),
    parse,
    perform,
    table: (name) =>
      new Promise((resolve, reject) => {
        store.getTable(name, (error, description) => {
          if (error) return reject(asRefused(error));
          const attributes = description.KeySchema.map((key) => key.AttributeName);
          resolve({
            name,
            keyOf: (item) => Object.fromEntries(attributes.map((key) => [key, item[key]!])),
            identify(key) {
              const invalid = db.validateKey(key, description);
              if (invalid) throw asRefused(invalid);
              return `${name}/${db.createKey(key, description)}`;
            },
          });
        });
      }),
    async read(TableName, Key) {
      const get = parse("GetItem", { TableName, Key, ConsistentRead: true });
      return (await perform("GetItem", get)).Item as Item | undefined;
    },
    checkCondition(parsed, item) {
      const failed = db.checkConditional(parsed, item);
      if (failed) throw asRefused(failed);
    },
    sizeOf: (item) => db.itemSize(item),
    close: () => store.db.close(),
  };
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRefused(error);
  }
}

/** dynalite's own refusals are errors that carry the status and the body of the answer. */
function asRefused(error: unknown): unknown {
  const { statusCode, body } = error as { statusCode?: number; body?: Answer["body"] };
  return statusCode && body ? new Refused({ status: statusCode, body }) : error;
}
