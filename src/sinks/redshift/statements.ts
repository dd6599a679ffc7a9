/** The SQL of `redshiftSink`: pure texts, which run in Redshift, and but for COPY in PostgreSQL. */

/** What is loaded, and where to. Names are quoted already. */
export interface Target {
  readonly table: string;
  /** The columns of the file, the position's included. */
  readonly columns: readonly string[];
  /** Where the rows of a key replace each other: its columns, and that of the position. */
  readonly keyed?: { readonly key: readonly string[]; readonly position: string } | undefined;
  readonly ledger: string;
  /** As COPY has it: `'arn:aws:iam::…'`, or `default`. */
  readonly iamRole: string;
  readonly copyOptions: string;
}

/** A part that is staged. */
export interface Staged {
  /** Its key: what the ledger knows it by. */
  readonly part: string;
  /** Of its own, so that no two meet in a session. */
  readonly table: string;
  /** `s3://bucket/key` of its manifest. */
  readonly manifest: string;
}

/** A name, or one with its schema, as Redshift keeps it: in lower case. Undefined: it is none. */
export function quotedName(name: unknown, mostParts: number): string | undefined {
  if (typeof name !== "string" || name.length > 127) return undefined;
  const parts = name.split(".");
  const isName =
    parts.length <= mostParts && parts.every((part) => /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(part));
  return isName ? parts.map((part) => `"${part.toLowerCase()}"`).join(".") : undefined;
}

export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What a missing ledger table should be. */
export const ledgerDefinition = (ledger: string): string =>
  `CREATE TABLE ${ledger} (part VARCHAR(1024) NOT NULL, state VARCHAR(8) NOT NULL, settled_at TIMESTAMP NOT NULL DEFAULT GETDATE());`;

const copy = ({ columns, copyOptions, iamRole }: Target, { manifest, table }: Staged, how = "") =>
  `COPY ${table} (${columns.join(", ")}) FROM ${quotedText(manifest)} IAM_ROLE ${iamRole} MANIFEST GZIP FORMAT AS JSON 'auto' COMPUPDATE OFF STATUPDATE OFF ${copyOptions}${how}`.trimEnd();

const stage = ({ table }: Target, staged: Staged) =>
  `CREATE TEMP TABLE ${staged.table} (LIKE ${table} INCLUDING DEFAULTS)`;

/**
 * Loads a part, once: in one transaction, whose last statement says what became of it. The lock comes first: a transaction sees what was there when it first
 * read, so whoever waited here sees the row of whoever was before.
 */
export function loadStatements(target: Target, staged: Staged): string[] {
  const { columns, keyed, ledger, table } = target;
  const part = quotedText(staged.part);
  const isSettled = `EXISTS (SELECT 1 FROM ${ledger} WHERE part = ${part})`;
  return [
    `LOCK TABLE ${ledger}`,
    stage(target, staged),
    copy(target, staged),
    `DELETE FROM ${staged.table} WHERE ${isSettled}`,
    ...(keyed
      ? replaceStatements(target, keyed, staged)
      : [
          `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${columns.join(", ")} FROM ${staged.table}`,
        ]),
    `INSERT INTO ${ledger} (part, state) SELECT ${part}, 'loaded' WHERE NOT ${isSettled}`,
    `SELECT part, state FROM ${ledger} WHERE part = ${part}`,
  ];
}

/** The row of a key is that of its last record: what is older goes, and the newest comes where there is none. */
function replaceStatements(
  { columns, table }: Target,
  { key, position }: NonNullable<Target["keyed"]>,
  { table: staged }: Staged,
): string[] {
  const names = columns.join(", ");
  const isSame = (other: string) =>
    key.map((name) => `${table}.${name} = ${other}.${name}`).join(" AND ");
  return [
    `DELETE FROM ${table} USING ${staged} WHERE ${isSame(staged)} AND ${table}.${position} < ${staged}.${position}`,
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM (SELECT ${names}, ROW_NUMBER() OVER (PARTITION BY ${key.join(", ")} ORDER BY ${position} DESC) AS shardmill_nth FROM ${staged}) AS newest WHERE shardmill_nth = 1 AND NOT EXISTS (SELECT 1 FROM ${table} WHERE ${isSame("newest")})`,
  ];
}

/** Keeps out each part that is not loaded, and says of all what became of them. It waits for a load that is under way. */
export function settleStatements(ledger: string, parts: readonly string[]): string[] {
  const asked = parts.map((part) => `SELECT CAST(${quotedText(part)} AS VARCHAR(1024)) AS part`);
  return [
    `LOCK TABLE ${ledger}`,
    `INSERT INTO ${ledger} (part, state) SELECT asked.part, 'fenced' FROM (${asked.join(" UNION ALL ")}) AS asked WHERE asked.part NOT IN (SELECT part FROM ${ledger})`,
    `SELECT part, state FROM ${ledger} WHERE part IN (${parts.map(quotedText).join(", ")})`,
  ];
}

/** Reads a part without loading it, up to the last of its mistakes. */
export const checkStatements = (target: Target, staged: Staged): string[] => [
  stage(target, staged),
  copy(target, staged, " NOLOAD MAXERROR 100000"),
];

/** What COPY has found wrong in a file: its lines, counted from 1. https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html */
export const mistakesStatement = (file: string): string =>
  `SELECT line_number, TRIM(column_name), TRIM(error_message) FROM sys_load_error_detail WHERE file_name LIKE ${quotedText(`%${file}%`)} ORDER BY line_number`;
