/**
 * The Redshift Data API in memory, with as much SQL as redshiftSink says: it knows each statement by its form, and refuses any other. A transaction is all or nothing,
 * and may run long after it was asked for.
 */
import { gunzipSync } from "node:zlib";
import type { s3Double } from "./s3-double.ts";

type Row = Record<string, any>;
type Tables = Map<string, Row[]>;

export interface RedshiftDoubleOptions {
  readonly s3: ReturnType<typeof s3Double>;
  /** Tables that are there. */
  readonly tables: readonly string[];
  /** Why COPY does not take a row. */
  readonly refuses?: (row: Row) => string | undefined;
  /** Whether nobody may read why COPY did not take it. */
  readonly isSilent?: boolean;
  /** How many calls later a transaction runs, one after the other; later ones run at once. */
  readonly lags?: readonly number[];
  /** What a transaction fails with, one after the other. */
  readonly failures?: (string | undefined)[];
}

interface Transaction {
  readonly sqls: readonly string[];
  calls: number;
  status: "SUBMITTED" | "FINISHED" | "FAILED";
  error?: string;
  rows: any[][];
}

const loadFailed =
  "ERROR: Load into table failed.  Check 'sys_load_error_detail' system table for details.";

export function redshiftDouble({
  s3,
  tables: names,
  refuses,
  isSilent = false,
  lags = [],
  failures = [],
}: RedshiftDoubleOptions) {
  let tables: Tables = new Map(names.map((name) => [`"${name}"`, []]));
  const mistakes: { file: string; line: number; reason: string }[] = [];
  const transactions = new Map<string, Transaction>();
  const tokens = new Map<string, string>();
  const left = [...lags];
  const calls: string[] = [];
  const inputs: any[] = [];

  function linesOf(manifest: string): { file: string; rows: Row[] }[] {
    const read = (url: string) => {
      const object = s3.objects.get(/^s3:\/\/[^/]+\/(.*)$/.exec(url)![1]!);
      if (!object)
        throw new Error(`ERROR: S3ServiceException: The specified key does not exist: ${url}`);
      return object.body;
    };
    return JSON.parse(String(read(manifest))).entries.map(({ url }: any) => ({
      file: url,
      rows: String(gunzipSync(read(url)))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    }));
  }

  const table = (its: Tables, name: string): Row[] => {
    const found = its.get(name);
    if (found) return found;
    throw new Error(`ERROR: relation ${name} does not exist`);
  };
  const columnsOf = (text: string) => text.split(", ").map((name) => name.replaceAll('"', ""));
  const pick = (row: Row, columns: readonly string[]) =>
    Object.fromEntries(columns.map((name) => [name, row[name]]));

  /** Each statement's form, and what it does. What it returns are its rows. */
  const forms: [RegExp, (its: Tables, ...groups: string[]) => any[][] | void][] = [
    [/^LOCK TABLE (\S+)$/, (its, name) => void table(its, name!)],
    [
      /^CREATE TEMP TABLE (\S+) \(LIKE (\S+) INCLUDING DEFAULTS\)$/,
      (its, name, like) => {
        table(its, like!);
        its.set(name!, []);
      },
    ],
    [
      /^COPY (\S+) \((.+?)\) FROM '(.+?)' IAM_ROLE \S+ MANIFEST GZIP FORMAT AS JSON 'auto' .*?( NOLOAD MAXERROR 100000)?$/,
      (its, name, columns, manifest, isCheck) => {
        for (const { file, rows } of linesOf(manifest!)) {
          for (const [at, row] of rows.entries()) {
            const reason = refuses?.(row);
            if (reason === undefined) {
              if (!isCheck) table(its, name!).push(pick(row, columnsOf(columns!)));
              continue;
            }
            if (!isSilent) mistakes.push({ file, line: at + 1, reason });
            if (!isCheck) throw new Error(loadFailed);
          }
        }
      },
    ],
    [
      /^DELETE FROM (\S+) WHERE EXISTS \(SELECT 1 FROM (\S+) WHERE part = '(.+)'\)$/,
      (its, name, ledger, key) => {
        if (table(its, ledger!).some(({ part }) => part === key)) its.set(name!, []);
      },
    ],
    [
      /^DELETE FROM (\S+) USING (\S+) WHERE (.+) AND \S+\."(\w+)" < \S+$/,
      (its, name, staged, same, position) => {
        const key = [...same!.matchAll(/\S+\."(\w+)" = /g)].map(([, column]) => column!);
        const isOlder = (row: Row) =>
          table(its, staged!).some(
            (other) => key.every((k) => row[k] === other[k]) && row[position!] < other[position!],
          );
        its.set(
          name!,
          table(its, name!).filter((row) => !isOlder(row)),
        );
      },
    ],
    [
      /^INSERT INTO (\S+) \((.+?)\) SELECT .+\(PARTITION BY (.+?) ORDER BY "(\w+)" DESC\) AS shardmill_nth FROM (\S+)\) AS newest .+$/,
      (its, name, columns, by, position, staged) => {
        const key = columnsOf(by!);
        const isSame = (a: Row, b: Row) => key.every((k) => a[k] === b[k]);
        const newestFirst = table(its, staged!).toSorted((a, b) =>
          a[position!] < b[position!] ? 1 : -1,
        );
        for (const row of newestFirst) {
          if (!table(its, name!).some((there) => isSame(there, row))) {
            table(its, name!).push(pick(row, columnsOf(columns!)));
          }
        }
      },
    ],
    [
      /^INSERT INTO (\S+) \(part, state\) SELECT '(.+)', 'loaded' WHERE NOT EXISTS .+$/,
      (its, ledger, part) => {
        if (!table(its, ledger!).some((row) => row.part === part)) {
          table(its, ledger!).push({ part, state: "loaded" });
        }
      },
    ],
    [
      /^INSERT INTO (\S+) \(part, state\) SELECT asked\.part, 'fenced' FROM \((.+)\) AS asked .+$/,
      (its, ledger, asked) => {
        for (const [, part] of asked!.matchAll(/CAST\('(.+?)' AS VARCHAR\(1024\)\)/g)) {
          if (!table(its, ledger!).some((row) => row.part === part)) {
            table(its, ledger!).push({ part, state: "fenced" });
          }
        }
      },
    ],
    [
      /^INSERT INTO (\S+) \((.+?)\) SELECT (.+?) FROM (\S+)$/,
      (its, name, columns, _, staged) => {
        for (const row of table(its, staged!))
          table(its, name!).push(pick(row, columnsOf(columns!)));
      },
    ],
    [
      /^SELECT part, state FROM (\S+) WHERE part (?:= |IN \()(.+?)\)?$/,
      (its, ledger, parts) =>
        table(its, ledger!)
          .filter(({ part }) => parts!.split(", ").includes(`'${part}'`))
          .map(({ part, state }) => [{ stringValue: part }, { stringValue: state }]),
    ],
    [
      /^SELECT line_number, .+ FROM sys_load_error_detail WHERE file_name LIKE '%(.+)%' .+$/,
      (_, file) =>
        mistakes
          .filter((mistake) => mistake.file.includes(file!))
          .map(({ line, reason }) => [
            { longValue: line },
            { isNull: true },
            { stringValue: reason },
          ]),
    ],
  ];

  function runOne(its: Tables, sql: string): any[][] {
    for (const [form, run] of forms) {
      const [all, ...groups] = form.exec(sql) ?? [];
      if (all !== undefined) return run(its, ...groups) ?? [];
    }
    throw new Error(`ERROR: syntax error: ${sql}`);
  }

  function runAll(transaction: Transaction): void {
    const its: Tables = new Map([...tables].map(([name, rows]) => [name, [...rows]]));
    try {
      const failure = failures.shift();
      if (failure !== undefined) throw new Error(failure);
      for (const sql of transaction.sqls) transaction.rows = runOne(its, sql);
      transaction.status = "FINISHED";
      tables = new Map([...its].filter(([name]) => tables.has(name)));
    } catch (error) {
      transaction.status = "FAILED";
      transaction.error = (error as Error).message;
    }
  }

  /** Time goes on: what was asked for so many calls ago runs. */
  function goOn(): void {
    for (const transaction of transactions.values()) {
      if (transaction.status === "SUBMITTED" && transaction.calls-- <= 0) runAll(transaction);
    }
  }

  return {
    calls,
    inputs,
    /** Lets all run that was asked for. */
    finish() {
      while ([...transactions.values()].some(({ status }) => status === "SUBMITTED")) goOn();
    },
    rows: (name: string): Row[] => tables.get(`"${name}"`)!,
    async send(command: any): Promise<any> {
      const { input } = command;
      const action: string = command.constructor.name.replace("Command", "");
      calls.push(action);
      inputs.push(input);
      goOn();
      if (action === "BatchExecuteStatement") {
        const { ClientToken = `own-${transactions.size}`, Sqls } = input;
        const Id = tokens.get(ClientToken) ?? `t${transactions.size}`;
        if (!transactions.has(Id)) {
          tokens.set(ClientToken, Id);
          transactions.set(Id, {
            sqls: Sqls,
            calls: left.shift() ?? 0,
            status: "SUBMITTED",
            rows: [],
          });
        }
        return { Id };
      }
      const [id, sub] = input.Id.split(":");
      const { error, rows, sqls, status } = transactions.get(id)!;
      if (sub === undefined) return { Status: status, Error: error };
      if (Number(sub) !== sqls.length || status !== "FINISHED")
        throw new Error(`No result: ${input.Id}`);
      // A page a row, so that there is more than one.
      const at = Number(input.NextToken ?? 0);
      return {
        Records: rows.slice(at, at + 1),
        ...(at + 1 < rows.length && { NextToken: `${at + 1}` }),
      };
    },
  };
}
