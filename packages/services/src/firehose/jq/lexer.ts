/** From the text of a jq program to its tokens. */

export type Token =
  | { readonly type: "number"; readonly value: number; readonly at: number }
  | {
      readonly type: "text";
      readonly parts: readonly (string | readonly Token[])[];
      readonly at: number;
    }
  /** `field`: the name in `.name`; `format`: the name in `@name`. */
  | {
      readonly type: "field" | "format" | "name" | "symbol";
      readonly value: string;
      readonly at: number;
    };

export class JqSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JqSyntaxError";
  }
}

const patterns: readonly [
  type: "space" | "number" | "field" | "format" | "name" | "symbol",
  RegExp,
][] = [
  ["space", /(?:[ \t\r\n]|#[^\n]*)+/y],
  ["number", /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ["field", /\.[a-zA-Z_]\w*/y],
  ["format", /@[a-zA-Z0-9_]+/y],
  ["name", /[a-zA-Z_]\w*/y],
  ["symbol", /\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[.[\]{}()|,:;$?=<>+\-*/%]/y],
];

/** Throws a JqSyntaxError that says where. */
export function tokenize(program: string): Token[] {
  const { tokens, end } = tokensFrom(program, 0, false);
  if (end < program.length) throw unexpected(program, end);
  return tokens;
}

/** Up to the end, or up to the parenthesis that closes an interpolation. */
function tokensFrom(
  program: string,
  start: number,
  nested: boolean,
): { readonly tokens: Token[]; readonly end: number } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start;
  while (at < program.length) {
    if (program[at] === '"') {
      const { parts, end } = textFrom(program, at);
      tokens.push({ type: "text", parts, at });
      at = end;
      continue;
    }
    if (nested && depth === 0 && program[at] === ")") return { tokens, end: at };
    const match = matchAt(program, at);
    if (!match) throw unexpected(program, at);
    const [type, value] = match;
    if (type === "number") tokens.push({ type, value: Number(value), at });
    else if (type === "field" || type === "format")
      tokens.push({ type, value: value.slice(1), at });
    else if (type !== "space") tokens.push({ type, value, at });
    if (value === "(") depth++;
    if (value === ")") depth--;
    at += value.length;
  }
  if (nested) throw new JqSyntaxError(`The \\( in the text of "${program}" is not closed.`);
  return { tokens, end: at };
}

function matchAt(program: string, at: number) {
  for (const [type, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(program);
    if (found) return [type, found[0]] as const;
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '"': '"', "\\": "\\", "/": "/" },
  ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" },
};

function textFrom(program: string, start: number) {
  const parts: (string | readonly Token[])[] = [];
  let text = "";
  for (let at = start + 1; at < program.length; at++) {
    const character = program[at]!;
    if (character === '"') {
      if (text !== "" || parts.length === 0) parts.push(text);
      return { parts, end: at + 1 };
    }
    if (character !== "\\") {
      text += character;
      continue;
    }
    const escaped = program[++at]!;
    if (escaped === "(") {
      if (text !== "") parts.push(text);
      text = "";
      const inner = tokensFrom(program, at + 1, true);
      parts.push(inner.tokens);
      at = inner.end;
    } else if (escaped === "u" && /^[0-9a-fA-F]{4}$/.test(program.slice(at + 1, at + 5))) {
      text += String.fromCharCode(Number.parseInt(program.slice(at + 1, at + 5), 16));
      at += 4;
    } else if (escapes[escaped] !== undefined) text += escapes[escaped];
    else throw new JqSyntaxError(`Unknown escape \\${escaped} in the text of "${program}".`);
  }
  throw new JqSyntaxError(`A text in "${program}" has no closing quote.`);
}

const unexpected = (program: string, at: number) =>
  new JqSyntaxError(`"${program[at]}" is not understood, at character ${at + 1} of "${program}".`);
