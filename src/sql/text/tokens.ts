/** What the text of an application is made of. */
import { type Position, SqlError } from "./sql-error.ts";

/**
 * `word`: without quotes, in upper case; a keyword or a name. `name`: in double quotes, as it was written. `text`: in single quotes.
 * `symbol`: an operator or a bracket. `end`: where the text ends.
 */
export interface Token {
  readonly kind: "word" | "name" | "text" | "number" | "symbol" | "end";
  readonly value: string;
  readonly at: Position;
}

const blank = /[ \t\f\u00a0\ufeff]+/y;
const newline = /\r\n|\r|\n/y;
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const uescape = /\s*uescape\s*'[^']'/iy;
const symbol = /\|\||<>|!=|<=|>=|[()[\]{},;.+\-*/%<>=:?]/y;

/** Takes the text apart. Throws SqlError at what cannot be read. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const here = (): Position => ({ line, column: at - lineStart + 1 });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  /** Moves behind something that may have several lines. */
  const pass = (end: number) => {
    for (; at < end; at++) {
      if (text[at] !== "\n" && (text[at] !== "\r" || text[at + 1] === "\n")) continue;
      line++;
      lineStart = at + 1;
    }
  };
  const quoted = (quote: string, what: string): string => {
    const start = here();
    for (let end = at + 1; ; end++) {
      if (end >= text.length) {
        throw new SqlError(
          `${what} that begins here does not end.`,
          start,
          `Close it with ${quote}.`,
        );
      }
      if (text[end] !== quote) continue;
      if (text[end + 1] === quote) {
        end++;
        continue;
      }
      const value = text.slice(at + 1, end).replaceAll(quote + quote, quote);
      pass(end + 1);
      return value;
    }
  };
  while (at < text.length) {
    const skipped = match(blank)?.length ?? 0;
    at += skipped;
    const broken = match(newline);
    if (broken !== undefined) {
      pass(at + broken.length);
      continue;
    }
    if (skipped > 0) continue;
    if (text.startsWith("--", at) || text.startsWith("//", at)) {
      while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at++;
      continue;
    }
    if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0)
        throw new SqlError(
          "The comment that begins here does not end.",
          here(),
          "Close it with */.",
        );
      pass(end + 2);
      continue;
    }
    const position = here();
    const char = text[at]!;
    if (char === "'") {
      tokens.push({ kind: "text", value: quoted("'", "The text"), at: position });
      continue;
    }
    if (char === '"') {
      tokens.push({ kind: "name", value: quoted('"', "The name"), at: position });
      continue;
    }
    if (/[uU]/.test(char) && text.startsWith("&'", at + 1)) {
      at += 2;
      const value = quoted("'", "The text");
      const other = match(uescape);
      pass(at + (other?.length ?? 0));
      tokens.push({
        kind: "text",
        value: unescaped(value, other?.at(-2) ?? "\\", position),
        at: position,
      });
      continue;
    }
    const found = match(word);
    if (found !== undefined) {
      tokens.push({ kind: "word", value: found.toUpperCase(), at: position });
      at += found.length;
      continue;
    }
    const digits = match(number);
    if (digits !== undefined) {
      tokens.push({ kind: "number", value: digits, at: position });
      at += digits.length;
      continue;
    }
    const sign = match(symbol);
    if (sign === undefined) throw strange(text, at, position);
    tokens.push({ kind: "symbol", value: sign, at: position });
    at += sign.length;
  }
  tokens.push({ kind: "end", value: "", at: here() });
  return tokens;
}

function strange(text: string, at: number, position: Position): SqlError {
  const char = String.fromCodePoint(text.codePointAt(at)!);
  const isCurly = "\u2018\u2019\u201c\u201d\u00b4`".includes(char);
  return new SqlError(
    `${JSON.stringify(char)} is no part of SQL.`,
    position,
    isCurly
      ? `Texts stand in straight single quotes ('…'), names in straight double ones ("…").`
      : undefined,
  );
}

/** `\0009` and `\+000009` are characters by their numbers, `\\` is itself; UESCAPE has another character in the place of `\`. */
const unescaped = (text: string, sign: string, at: Position): string => {
  const begin = sign.replace(/\W/, "\\$&");
  const escaped = new RegExp(`${begin}(${begin}|\\+([\\da-fA-F]{6})|([\\da-fA-F]{4})|)`, "g");
  return text.replace(escaped, (_all, self, long, short) => {
    if (self === sign) return sign;
    const code = Number.parseInt(long ?? short, 16);
    if (!(code <= 0x10ffff)) {
      throw new SqlError(
        `A ${sign} in a text u&'…' must have a character's number in four hexadecimal digits behind it.`,
        at,
      );
    }
    return String.fromCodePoint(code);
  });
};
