/**
 * The Redshift Data API in front of PostgreSQL: transactions run by psql, and COPY from manifests of gzipped JSON, which PostgreSQL has not, is made of its own COPY. As
 * in Redshift, a load stops at its first mistake, and what was wrong is in sys_load_error_detail.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { hash } from "../../../src/kpl/hash.ts";

/** Reads an object of S3. */
export type ReadObject = (key: string) => Promise<Buffer>;

/** What Redshift has and PostgreSQL has not. */
export const preparation = `
  CREATE FUNCTION getdate() RETURNS timestamp LANGUAGE sql AS 'SELECT CAST(clock_timestamp() AS timestamp)';
  CREATE TABLE sys_load_error_detail (file_name text, line_number bigint, column_name text, error_message text);
`;

interface Ended {
  readonly rows: readonly (readonly string[])[];
  readonly error?: string;
}

/** Runs a script. What psql says of an error is the error. */
export async function psql(url: string, script: string): Promise<Ended> {
  const child = spawn(
    "psql",
    ["-X", "-q", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-v", "SHOW_CONTEXT=always", url],
    {
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  child.stdin.on("error", () => {});
  child.stdin.end(script);
  const [status] = await once(child, "close");
  const rows = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\x1f"));
  return status === 0 ? { rows } : { rows: [], error: err.replace(/^psql:\S* /gm, "").trim() };
}

interface Copy {
  readonly table: string;
  readonly columns: readonly string[];
  readonly file: string;
  readonly lines: readonly string[];
  readonly isCheck: boolean;
}

const copyForm =
  /^COPY (\S+) \((.+?)\) FROM 's3:\/\/[^/]+\/(.+?)' IAM_ROLE \S+ MANIFEST GZIP FORMAT AS JSON 'auto' COMPUPDATE OFF STATUPDATE OFF( .*)?$/;

async function copyOf(sql: string, read: ReadObject): Promise<Copy | undefined> {
  const [, table, columns, manifest, rest = ""] = copyForm.exec(sql) ?? [];
  if (!table) return undefined;
  const { entries } = JSON.parse(String(await read(manifest!)));
  const [{ url }] = entries;
  const text = String(gunzipSync(await read(/^s3:\/\/[^/]+\/(.+)$/.exec(url)![1]!)));
  const names = columns!.split(", ");
  return {
    table,
    columns: names,
    file: url,
    lines: text
      .trimEnd()
      .split("\n")
      .map((line) => asCopied(JSON.parse(line), names)),
    isCheck: rest.includes(" NOLOAD MAXERROR 100000"),
  };
}

/** A row as PostgreSQL's COPY reads it. */
const asCopied = (row: Record<string, unknown>, columns: readonly string[]) =>
  columns
    .map((name) => {
      const value = row[name.replaceAll('"', "")];
      if (value === null || value === undefined) return "\\N";
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      return text.replace(
        /[\\\n\r\t]/g,
        (character) => `\\${{ "\\": "\\", "\n": "n", "\r": "r", "\t": "t" }[character]}`,
      );
    })
    .join("\t");

const copyScript = ({ columns, table }: Copy, lines: readonly string[]) =>
  `COPY ${table} (${columns.join(", ")}) FROM STDIN;\n${lines.join("\n")}\n\\.\n`;

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Anything that takes the commands of `@aws-sdk/client-redshift-data`. */
export function redshiftFront(url: string, read: ReadObject) {
  const transactions = new Map<
    string,
    { readonly ended: Promise<Ended>; result?: Ended; readonly last: string }
  >();

  /** What was wrong in a line of a file; undefined: the error is of another kind. */
  async function noted({ file }: Copy, error: string, line = 0): Promise<number | undefined> {
    const [, reason = ""] = /ERROR: +(.+)/.exec(error) ?? [];
    const [, at, column = ""] =
      /CONTEXT: +COPY \S+, line (\d+)(?:, column (\w+))?/.exec(error) ?? [];
    if (!at) return undefined;
    const values = [file, line || Number(at), column, reason].map((value) => quoted(String(value)));
    await psql(url, `INSERT INTO sys_load_error_detail VALUES (${values.join(", ")});`);
    return Number(at);
  }

  async function check(copy: Copy, before: readonly string[]): Promise<Ended> {
    let left = copy.lines.map((line, at) => ({ line, at: at + 1 }));
    for (;;) {
      const { error } = await psql(
        url,
        `BEGIN;\n${before.join(";\n")};\n${copyScript(
          copy,
          left.map(({ line }) => line),
        )}ROLLBACK;`,
      );
      if (error === undefined) return { rows: [] };
      const [, at] = /CONTEXT: +COPY \S+, line (\d+)/.exec(error) ?? [];
      if (!at) return { rows: [], error };
      await noted(copy, error, left[Number(at) - 1]!.at);
      left = left.filter((_, place) => place !== Number(at) - 1);
    }
  }

  async function runAll(sqls: readonly string[]): Promise<Ended> {
    const script: string[] = [];
    let copied: Copy | undefined;
    try {
      for (const [at, sql] of sqls.entries()) {
        const copy = await copyOf(sql, read);
        if (copy?.isCheck) return check(copy, sqls.slice(0, at));
        copied ??= copy;
        script.push(copy ? copyScript(copy, copy.lines) : `${sql};`);
      }
    } catch (error) {
      return { rows: [], error: `ERROR: S3ServiceException: ${(error as Error).message}` };
    }
    // As Redshift's snapshots: from what is first read, and not from the lock.
    const whole = `BEGIN ISOLATION LEVEL REPEATABLE READ;\n${script.join("\n")}\nCOMMIT;`;
    const ended = await psql(url, whole);
    if (copied && ended.error !== undefined && (await noted(copied, ended.error)) !== undefined) {
      return {
        rows: [],
        error: `ERROR: Load into table '${copied.table}' failed.  Check 'sys_load_error_detail' system table for details.`,
      };
    }
    return ended;
  }

  return {
    async answer(action: string, input: any): Promise<any> {
      if (action === "BatchExecuteStatement") {
        // A client of the SDK's gives each call a token, where its user gives none.
        const { ClientToken = `own-${transactions.size}` } = input;
        const Id = hash("sha256", ClientToken).slice(0, 32);
        if (!transactions.has(Id)) {
          const ended = runAll(input.Sqls);
          const transaction = { ended, last: `${Id}:${input.Sqls.length}` };
          transactions.set(Id, transaction);
          void ended.then((result) => Object.assign(transaction, { result }));
        }
        return { Id };
      }
      const id = input.Id.split(":")[0];
      const transaction = transactions.get(id);
      if (!transaction) throw new Error(`No statement ${id}.`);
      if (action === "DescribeStatement") {
        let stop: NodeJS.Timeout | undefined;
        const late = new Promise((resolve) => {
          stop = setTimeout(resolve, (input.WaitTimeSeconds ?? 0) * 1000);
        });
        await Promise.race([transaction.ended, late]);
        clearTimeout(stop);
        const { result } = transaction;
        if (!result) return { Id: id, Status: "STARTED" };
        return result.error === undefined
          ? { Id: id, Status: "FINISHED" }
          : { Id: id, Status: "FAILED", Error: result.error };
      }
      const { rows } = await transaction.ended;
      if (input.Id !== transaction.last) throw new Error(`No result of ${input.Id}.`);
      return {
        Records: rows.map((row) => row.map((stringValue) => ({ stringValue }))),
        TotalNumRows: rows.length,
      };
    },
  };
}

export type RedshiftFront = ReturnType<typeof redshiftFront>;

/** The same behind HTTP, for a client of the SDK. Resolves to its address. */
export async function servedFront(front: RedshiftFront) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const action = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    try {
      const answer = await front.answer(action, JSON.parse(body));
      response
        .writeHead(200, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(answer));
    } catch (error) {
      const { message } = error as Error;
      response
        .writeHead(400, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify({ __type: "ValidationException", message }));
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
