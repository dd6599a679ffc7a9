/** Statements through the Redshift Data API, waited for. https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient, givenText, typeOf } from "../../aws/given.ts";
import { atPlace } from "../../observe/at-place.ts";
import { type Sending, SinkError } from "../sink.ts";

/** Which database, and as whom. */
export interface DataApiOptions {
  readonly database: string | undefined;
  /** The workgroup of Redshift Serverless. Either this, or `clusterIdentifier`. */
  readonly workgroupName?: string | undefined;
  /** The cluster. Either this, or `workgroupName`. */
  readonly clusterIdentifier?: string | undefined;
  /** The database user, of a cluster. @default that of the function's role */
  readonly dbUser?: string | undefined;
  /** A secret with the user's name and password. @default temporary credentials of the function's role */
  readonly secretArn?: string | undefined;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/** Runs statements in one transaction. Resolves to the rows of the last one. */
export type RunStatements = (
  statements: readonly string[],
  sending: Sending,
  options?: { readonly token?: string; readonly hasRows?: boolean },
) => Promise<readonly (readonly unknown[])[]>;

/** Whether the transaction has ended, and nothing of it is there. Of all other errors nobody knows. */
export const hasFailed = (error: unknown): error is SinkError => error instanceof SinkError;

const longestWaitSeconds = 20;
const firstPauseMs = 100;
const longestPauseMs = 2000;

/** What such statements run in, by name. */
export function dataApi(options: DataApiOptions): {
  readonly run: RunStatements;
  readonly place: string;
} {
  const who = "redshiftSink";
  let client = givenClient(options.client, `${who}: client`, "RedshiftDataClient");
  const where = whereOf(options, who);
  const place = `${who}: ${where.WorkgroupName ?? where.ClusterIdentifier}/${where.Database}`;
  // It is loaded while the function starts; who has no use for it need not have it installed.
  const loading = import("@aws-sdk/client-redshift-data");
  loading.catch(() => {});

  async function send(
    make: (sdk: Awaited<typeof loading>) => object,
    abortSignal: AbortSignal,
  ): Promise<any> {
    const sdk = await loading;
    client ??= new sdk.RedshiftDataClient({});
    try {
      return await client.send(make(sdk), { abortSignal });
    } catch (error) {
      throw atPlace(error, place);
    }
  }

  /** Resolves once the transaction has ended well. */
  async function ended(Id: string, { clock, remainingMs, signal }: Sending): Promise<void> {
    for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
      const left = remainingMs();
      // Whoever waits a second must have it.
      const WaitTimeSeconds = Math.min(
        longestWaitSeconds,
        Math.max(0, Math.floor(left / 1000) - 1),
      );
      const input = { Id, ...(WaitTimeSeconds > 0 && { WaitTimeSeconds }) };
      const statement = await send((sdk) => new sdk.DescribeStatementCommand(input), signal);
      if (statement.Status === "FINISHED") return;
      if (statement.Status === "FAILED" || statement.Status === "ABORTED") {
        throw new SinkError(`${place}: ${errorOf(statement)}`, {
          code: statement.Status,
          status: undefined,
        });
      }
      if (signal.aborted || left <= pause) {
        throw new Error(
          `${place}: the transaction ${Id} is still ${statement.Status}, and the invocation's time is over: the next delivery asks the ledger what became of it.`,
        );
      }
      await clock.sleep(pause, signal).catch(() => {});
    }
  }

  return {
    place,
    async run(statements, sending, { hasRows = true, token } = {}) {
      const { signal } = sending;
      const input = {
        ...where,
        Sqls: [...statements],
        ...(token !== undefined && { ClientToken: token }),
      };
      const { Id } = await send((sdk) => new sdk.BatchExecuteStatementCommand(input), signal);
      await ended(Id, sending);
      const rows: unknown[][] = [];
      const last = `${Id}:${statements.length}`;
      for (let NextToken: string | undefined, isMore = hasRows; isMore; ) {
        const page = await send(
          (sdk) => new sdk.GetStatementResultCommand({ Id: last, ...(NextToken && { NextToken }) }),
          signal,
        );
        for (const row of page.Records ?? []) rows.push(row.map(fieldValue));
        NextToken = page.NextToken;
        isMore = NextToken !== undefined && NextToken !== "";
      }
      return rows;
    },
  };
}

/** `{ "stringValue": "a" }`, `{ "longValue": 1 }`, `{ "isNull": true }` */
function fieldValue(field: Readonly<Record<string, unknown>>): unknown {
  return field.isNull === true ? null : Object.values(field)[0];
}

function errorOf(statement: any): string {
  const sub = (statement.SubStatements ?? []).find((each: any) => each.Error);
  const state = String(statement.Status).toLowerCase();
  return statement.Error ?? sub?.Error ?? `the transaction was ${state}`;
}

function whereOf(options: DataApiOptions, who: string) {
  const Database = givenText(options.database, "database", who);
  const { clusterIdentifier, dbUser, secretArn, workgroupName } = options;
  if ((clusterIdentifier === undefined) === (workgroupName === undefined)) {
    throw new TypeError(
      `${who}: give a workgroupName, of Redshift Serverless, or a clusterIdentifier. If it comes from an environment variable, set that on the function.`,
    );
  }
  for (const [option, given] of Object.entries({
    clusterIdentifier,
    dbUser,
    secretArn,
    workgroupName,
  })) {
    if (given === undefined || (typeof given === "string" && given !== "")) continue;
    throw new TypeError(
      `${who}: ${option} must be text, and is ${given === "" ? "empty" : typeOf(given)}.`,
    );
  }
  if (dbUser !== undefined && workgroupName !== undefined) {
    throw new TypeError(
      `${who}: dbUser is for a cluster: a workgroup takes its user from the function's role.`,
    );
  }
  return {
    Database,
    ...(workgroupName !== undefined && { WorkgroupName: workgroupName }),
    ...(clusterIdentifier !== undefined && { ClusterIdentifier: clusterIdentifier }),
    ...(dbUser !== undefined && { DbUser: dbUser }),
    ...(secretArn !== undefined && { SecretArn: secretArn }),
  };
}
