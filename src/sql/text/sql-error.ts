/** Where something stands in the text of an application, and what is wrong there. */

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What an application is refused for: what is wrong, where, and what to write instead. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  readonly line: number;
  readonly column: number;
  /** What is wrong, without its place. */
  readonly reason: string;
  /** What to do about it. */
  readonly wayOut: string | undefined;
  /** The file, where one was named. */
  readonly file: string | undefined;

  constructor(reason: string, { line, column }: Position, wayOut?: string, file?: string) {
    const place =
      file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
    super(`${place}: ${reason}${wayOut === undefined ? "" : ` ${wayOut}`}`);
    this.line = line;
    this.column = column;
    this.reason = reason;
    this.wayOut = wayOut;
    this.file = file;
  }

  /** The same error, which says the file too. */
  in(file: string): SqlError {
    return new SqlError(this.reason, this, this.wayOut, file);
  }
}

/** The line that an error is about, with a mark under its place; empty where the text has no such line. */
export function excerptOf(text: string, { line, column }: Position): string {
  const said = text.split(/\r\n|\r|\n/)[line - 1];
  if (said === undefined) return "";
  const before = said.slice(0, column - 1).replace(/[^\t]/g, " ");
  return `${said}\n${before}^`;
}
