/** A place in the tokens of an application, which goes on as they are read. */
import type { ExpressionNode } from "../nodes/expressions.ts";
import { type Identifier, identifier } from "../nodes/names.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { type Token, tokensOf } from "../text/tokens.ts";

export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  readonly #parse: (cursor: Cursor) => ExpressionNode;

  /** `parse` reads an expression: what reads parts of one, and what has some, asks for it here. */
  constructor(text: string, parse: (cursor: Cursor) => ExpressionNode = noExpression) {
    this.#tokens = tokensOf(text);
    this.#parse = parse;
  }

  expression(): ExpressionNode {
    return this.#parse(this);
  }

  /** One at least, with commas between them. */
  expressions(): ExpressionNode[] {
    const list = [this.expression()];
    while (this.takeSymbol(",")) list.push(this.expression());
    return list;
  }

  get token(): Token {
    return this.#tokens[this.#at]!;
  }

  get isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  get at(): Position {
    return this.token.at;
  }

  /** The token so many places on. */
  ahead(places: number): Token {
    return this.#tokens[Math.min(this.#at + places, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  /** Whether these words stand here, one behind the other. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, place) => isWord(this.ahead(place), word));
  }

  seesSymbol(symbol: string): boolean {
    return this.token.kind === "symbol" && this.token.value === symbol;
  }

  /** Reads the words if all of them stand here. */
  take(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false;
    this.#at += words.length;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.seesSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  expect(word: string, why = ""): void {
    if (!this.take(word)) throw this.unexpected(word, why);
  }

  expectSymbol(symbol: string, why = ""): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`"${symbol}"`, why);
  }

  /** A name, with quotes or without. */
  identifier(what: string): Identifier {
    const { kind, value, at } = this.token;
    if (kind === "name" || (kind === "word" && !endsNames.has(value))) {
      this.next();
      return identifier(value, kind === "name", at);
    }
    throw this.unexpected(
      what,
      kind === "word" ? `${value} is a reserved word: as a name it needs double quotes.` : "",
    );
  }

  /** One at least, with commas between them. */
  identifiers(what: string): readonly Identifier[] {
    const list = [this.identifier(what)];
    while (this.takeSymbol(",")) list.push(this.identifier(what));
    return Object.freeze(list);
  }

  wholeNumber(what: string): number {
    const { kind, value } = this.token;
    if (kind !== "number" || !/^\d+$/.test(value)) throw this.unexpected(what);
    this.next();
    return Number(value);
  }

  textValue(what: string): string {
    if (this.token.kind !== "text") throw this.unexpected(what);
    return this.next().value;
  }

  unexpected(wanted: string, why = ""): SqlError {
    const { kind, value, at } = this.token;
    const found =
      kind === "end"
        ? "the text ends"
        : `there is ${kind === "text" ? `the text '${value}'` : kind === "name" ? `the name "${value}"` : value}`;
    return new SqlError(`${wanted} is expected here, and ${found}.`, at, why || undefined);
  }
}

function noExpression(cursor: Cursor): never {
  throw cursor.unexpected("Something else than a value");
}

const isWord = ({ kind, value }: Token, word: string) => kind === "word" && value === word;

/** Words that cannot be a name without quotes, since a clause or an operator begins with them. */
export const endsNames: ReadonlySet<string> = new Set(
  `AND AS ASC BETWEEN BY CASE CAST CREATE CROSS CURSOR DESC DISTINCT ELSE END ESCAPE EXCEPT FROM FULL GROUP HAVING IN INNER
   INSERT INTERSECT INTERVAL INTO IS JOIN LEFT LIKE NATURAL NOT NULL ON OR ORDER OUTER OVER PARTITION RANGE RIGHT ROWS SELECT SIMILAR
   TABLE THEN UNION USING VALUES WHEN WHERE WINDOW WINDOWED WITHIN`.split(/\s+/),
);
