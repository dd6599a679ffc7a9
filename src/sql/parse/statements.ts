/** Streams and pumps: the text of an application as frozen nodes. */
import {
  type ColumnNode,
  type InsertNode,
  type StatementNode,
  statementNode,
} from "../nodes/statements.ts";
import { SqlError } from "../text/sql-error.ts";
import { Cursor } from "./cursor.ts";
import { parseExpression } from "./expressions.ts";
import { parseType } from "./literals.ts";
import { parseQuery } from "./query.ts";

/**
 * Reads an application. Throws SqlError, which says where and what to do. docs/sql-grammar.md is the grammar.
 */
export function parseApplication(text: string): readonly StatementNode[] {
  const cursor = new Cursor(text, parseExpression);
  const statements: StatementNode[] = [];
  for (;;) {
    while (cursor.takeSymbol(";"));
    if (cursor.isAtEnd) return Object.freeze(statements);
    const statement = parseStatement(cursor);
    if (statement) statements.push(statement);
    if (!cursor.isAtEnd && !cursor.seesSymbol(";") && !cursor.sees("CREATE")) {
      throw cursor.unexpected(`";"`, "The statement was complete before this.");
    }
  }
}

/** Undefined: one that says nothing about the application. */
function parseStatement(cursor: Cursor): StatementNode | undefined {
  const { at } = cursor;
  if (cursor.take("ALTER", "PUMP") || cursor.take("ALTER", "STREAM")) return parseAlter(cursor);
  if (cursor.sees("SELECT") || cursor.sees("INSERT")) {
    throw new SqlError(
      `${cursor.token.value} stands outside of a pump.`,
      at,
      'Write CREATE OR REPLACE PUMP "NAME" AS INSERT INTO "STREAM" SELECT STREAM …',
    );
  }
  if (!cursor.take("CREATE"))
    throw cursor.unexpected("CREATE", "An application has CREATE STREAM and CREATE PUMP.");
  if (cursor.take("OR")) cursor.expect("REPLACE");
  if (cursor.take("STREAM")) {
    const name = cursor.identifier("The stream's name");
    cursor.expectSymbol("(", "A stream is declared with its columns.");
    const columns = [parseColumn(cursor)];
    while (cursor.takeSymbol(",")) columns.push(parseColumn(cursor));
    cursor.expectSymbol(")", "Columns are written name TYPE, with commas between them.");
    skipDescription(cursor);
    return statementNode({ kind: "createStream", name, columns: Object.freeze(columns), at });
  }
  if (cursor.take("PUMP")) {
    const name = cursor.identifier("The pump's name");
    cursor.take("STARTED");
    cursor.take("STOPPED");
    skipDescription(cursor);
    cursor.expect("AS");
    return statementNode({ kind: "createPump", name, insert: parseInsert(cursor), at });
  }
  const way =
    "An application has streams and pumps; reference tables come with its options, functions are built in.";
  throw cursor.unexpected("STREAM or PUMP", way);
}

/** `ALTER PUMP "P" START`: all pumps run anyway. */
function parseAlter(cursor: Cursor): undefined {
  cursor.identifier("A name");
  if (!cursor.take("START"))
    throw cursor.unexpected(
      "START",
      "Pumps run from the start; take out the pump that should not.",
    );
}

function parseColumn(cursor: Cursor): ColumnNode {
  const name = cursor.identifier("A column's name");
  const type = parseType(cursor);
  const isNotNull = cursor.take("NOT", "NULL");
  if (!isNotNull) cursor.take("NULL");
  skipDescription(cursor);
  return Object.freeze({ name, type, isNotNull });
}

function skipDescription(cursor: Cursor): void {
  while (cursor.sees("DESCRIPTION") || cursor.sees("OPTIONS")) {
    if (cursor.next().value === "DESCRIPTION") cursor.textValue("A description");
    else throw cursor.unexpected("A description", "OPTIONS are not supported.");
  }
}

function parseInsert(cursor: Cursor): InsertNode {
  const { at } = cursor;
  cursor.expect("INSERT", "A pump is CREATE PUMP name AS INSERT INTO stream SELECT STREAM …");
  cursor.expect("INTO");
  const target = cursor.identifier("A stream");
  let columns: InsertNode["columns"];
  if (cursor.seesSymbol("(") && cursor.ahead(1).value !== "SELECT") {
    cursor.next();
    columns = cursor.identifiers("A column");
    cursor.expectSymbol(")");
  }
  if (!cursor.sees("SELECT") && !cursor.seesSymbol("(")) throw cursor.unexpected("SELECT");
  return statementNode({ kind: "insert", target, columns, query: parseQuery(cursor), at });
}
