/** Leases in a DynamoDB table, made as the Kinesis Client Library makes it where it is missing. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient } from "../../aws/given.ts";
import { sendInTime } from "../../aws/in-time.ts";
import { writeInput } from "./expression.ts";
import { lockKey, moveKey, refuseKcl3 } from "./generation.ts";
import { type Row, type RowWrite, text } from "./row.ts";
import type { Leases, LeaseTable } from "./table.ts";

/** What `kclLeases` takes. */
export interface KclLeasesOptions {
  /** @default the application's name, as in the Kinesis Client Library */
  readonly tableName?: string;
  /** Your own client, with its own retries and time-outs: a `DynamoDBClient`. @default one from the environment */
  readonly client?: CommandSender;
}

/**
 * The lease table of the Kinesis Client Library: key `leaseKey` (S), paid per request. Workers of KCL 2 may share it. One lease is one row:
 *
 * ```json
 * { "leaseKey": "shardId-000000000003", "leaseOwner": "ip-10-0-0-7:5f0c9a1be2d3:shardmill", "leaseCounter": 8123,
 *   "checkpoint": "4967…0146", "checkpointSubSequenceNumber": 0, "ownerSwitchesSinceCheckpoint": 0,
 *   "parentShardId": ["shardId-000000000001"], "startingHashKey": "0", "endingHashKey": "1701…5727" }
 * ```
 *
 * The role needs dynamodb:Scan, GetItem, PutItem, UpdateItem, DeleteItem, DescribeTable and, where the table is to be made, CreateTable.
 */
export function kclLeases(options: KclLeasesOptions = {}): Leases {
  const given = givenClient(options.client, "kclLeases: client", "DynamoDBClient");
  return {
    open: (application) =>
      dynamodbTable(options.tableName ?? application, `${application}-CoordinatorState`, given),
  };
}

type Sdk = typeof import("@aws-sdk/client-dynamodb");

/** A scan of 200 leases is one page; this is what a request may take. */
const requestTimeout = 10_000;
const pollTable = 1000;
const usable = new Set<string | undefined>(["ACTIVE", "UPDATING"]);
/** It is made, or gone, within seconds. */
const passing = new Set(["CREATING", "DELETING"]);
const unreadable = new Set(["ResourceNotFoundException", "AccessDeniedException"]);

/** `coordinator`: the table where KCL 3.0 to 3.4 keep which generation leads; undefined: it is not asked. */
export function dynamodbTable(
  TableName: string,
  coordinator: string | undefined,
  given: CommandSender | undefined,
): LeaseTable {
  let loaded: Promise<{ readonly sdk: Sdk; readonly client: CommandSender }> | undefined;

  async function load() {
    const sdk = await import("@aws-sdk/client-dynamodb");
    return { sdk, client: given ?? new sdk.DynamoDBClient({}) };
  }

  async function send<T>(command: (sdk: Sdk) => unknown): Promise<T> {
    loaded ??= load();
    const { sdk, client } = await loaded;
    return await sendInTime(client, command(sdk), { ms: requestTimeout, who: "DynamoDB" });
  }

  async function status(): Promise<string | undefined> {
    try {
      const { Table } = await send<{ Table?: { TableStatus?: string } }>(
        ({ DescribeTableCommand }) => new DescribeTableCommand({ TableName }),
      );
      return Table?.TableStatus;
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async function make(): Promise<void> {
    try {
      await send(
        ({ CreateTableCommand }) =>
          new CreateTableCommand({
            TableName,
            KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
            AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
            BillingMode: "PAY_PER_REQUEST",
          }),
      );
    } catch (error) {
      // Another worker was faster.
      if ((error as Error).name !== "ResourceInUseException") throw error;
    }
  }

  /** KCL 3.0 to 3.4 keep there which generation leads. Workers of ours may have no right to it. */
  async function generation(): Promise<readonly Row[]> {
    if (coordinator === undefined) return [];
    try {
      const { Item } = await send<{ Item?: Row }>(
        ({ GetItemCommand }) =>
          new GetItemCommand({ TableName: coordinator, Key: { key: { S: "Migration3.0" } } }),
      );
      return Item ? [Item] : [];
    } catch (error) {
      if (unreadable.has((error as Error).name)) return [];
      throw error;
    }
  }

  const key = (leaseKey: string) => ({ leaseKey: text(leaseKey) }) as never;

  async function get(leaseKey: string): Promise<Row | undefined> {
    const { Item } = await send<{ Item?: Row }>(
      ({ GetItemCommand }) =>
        new GetItemCommand({ TableName, Key: key(leaseKey), ConsistentRead: true }),
    );
    return Item;
  }

  function commandOf(sdk: Sdk, write: RowWrite): unknown {
    const input = { TableName, ...writeInput(write) } as never as Record<string, unknown>;
    const Key = key(write.key);
    if (write.kind === "delete") return new sdk.DeleteItemCommand({ ...input, TableName, Key });
    if (write.kind === "update") return new sdk.UpdateItemCommand({ ...input, TableName, Key });
    const Item = { leaseKey: text(write.key), ...write.set } as never;
    return new sdk.PutItemCommand({ ...input, TableName, Item });
  }

  return {
    async ready() {
      const coordinated = await generation();
      for (let found = await status(); !usable.has(found); found = await status()) {
        if (found === undefined) await make();
        else if (!passing.has(found)) {
          throw new Error(`The lease table ${TableName} cannot be used: its status is ${found}.`);
        } else await new Promise((resolve) => setTimeout(resolve, pollTable));
      }
      if (coordinated.length === 0) return;
      const ofLeases = await Promise.all([lockKey, moveKey].map(get));
      refuseKcl3(coordinated, `The table ${coordinator}`, ofLeases);
    },
    async scan() {
      const rows: Row[] = [];
      for (let ExclusiveStartKey: Row | undefined; ; ) {
        const page = await send<{ Items?: Row[]; LastEvaluatedKey?: Row }>(
          ({ ScanCommand }) =>
            new ScanCommand({
              TableName,
              ...(ExclusiveStartKey && { ExclusiveStartKey: ExclusiveStartKey as never }),
            }),
        );
        rows.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
        if (!ExclusiveStartKey) return rows;
      }
    },
    get,
    async write(write) {
      try {
        await send((sdk) => commandOf(sdk, write));
        return true;
      } catch (error) {
        if ((error as Error).name === "ConditionalCheckFailedException") return false;
        throw error;
      }
    },
  };
}
