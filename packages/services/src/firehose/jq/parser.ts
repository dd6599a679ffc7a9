/** From tokens to a tree, with the precedences of jq 1.6. */
import { JqSyntaxError, type Token, tokenize } from "./lexer.ts";
import {
  arithmetic,
  type BinaryOperator,
  comparisons,
  type Expression,
  type ObjectEntry,
  type Pattern,
} from "./syntax.ts";

/** Throws a JqSyntaxError, also for what jq has and this does not. */
export function parse(program: string): Expression {
  const parser = createParser(tokenize(program), program);
  const expression = parser.pipe();
  parser.end();
  return expression;
}

const keywords = new Set(
  "def module import include if then else elif end as reduce foreach try catch label and or __loc__".split(
    " ",
  ),
);
const assignments = new Set(["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="]);
/** What jq has, and is of no use for finding a key in one record. */
const notRead = new Set(["def", "foreach", "label", "import", "include", "module", "__loc__"]);

const identity: Expression = { type: "identity" };
const literal = (value: null | boolean | number | string): Expression => ({
  type: "literal",
  value,
});

function createParser(tokens: readonly Token[], program: string) {
  let next = 0;

  const peek = () => tokens[next];
  const isAt = (value: string, type: "symbol" | "name" = "symbol") =>
    peek()?.type === type && peek() !== undefined && (peek() as { value: unknown }).value === value;

  function fail(token: Token | undefined, expected?: string): JqSyntaxError {
    const shown = token ? `"${"value" in token ? token.value : "…"}"` : "the end";
    const where = token ? `, at character ${token.at + 1}` : "";
    const wanted = expected ? ` where ${expected} is expected` : "";
    return new JqSyntaxError(
      `Unexpected ${shown}${wanted}${where} of the jq program "${program}".`,
    );
  }

  function take(value: string, type: "symbol" | "name" = "symbol"): boolean {
    if (!isAt(value, type)) return false;
    next++;
    return true;
  }

  function expect(value: string, type: "symbol" | "name" = "symbol"): void {
    if (!take(value, type)) throw fail(peek(), `"${value}"`);
  }

  function pipe(): Expression {
    const left = comma();
    return take("|") ? { type: "pipe", left, right: pipe() } : left;
  }

  function comma(): Expression {
    let left = alternative();
    while (take(",")) left = { type: "comma", left, right: alternative() };
    return left;
  }

  function alternative(): Expression {
    const left = binary(0);
    if (take("//")) return { type: "binary", operator: "//", left, right: alternative() };
    const token = peek();
    if (token?.type === "symbol" && assignments.has(token.value)) {
      throw new JqSyntaxError(
        `Assignments (${token.value}) are not read here: "${program}" should only look at its record.`,
      );
    }
    return left;
  }

  function operatorAt(level: number): BinaryOperator | undefined {
    const token = peek();
    if (token?.type !== "symbol" && token?.type !== "name") return undefined;
    return levels[level]!.operators.find((one) => one === token.value);
  }

  function binary(level: number): Expression {
    if (level === levels.length) return unary();
    const { chains } = levels[level]!;
    let left = level === additive ? negation(level) : binary(level + 1);
    for (let operator = operatorAt(level); operator; operator = operatorAt(level)) {
      next++;
      left = { type: "binary", operator, left, right: binary(level + 1) };
      if (!chains && operatorAt(level)) throw fail(peek(), "an operator of another kind");
    }
    return left;
  }

  /** A minus binds as weakly as a difference: -2 * 3 is -(2 * 3). */
  function negation(level: number): Expression {
    return take("-") ? { type: "negate", operand: binary(level + 1) } : binary(level + 1);
  }

  function unary(): Expression {
    return take("-") ? { type: "negate", operand: unary() } : postfix();
  }

  function postfix(): Expression {
    const token = peek();
    if (token?.type === "name") {
      if (notRead.has(token.value)) {
        throw new JqSyntaxError(
          `"${token.value}" is not read here, in the jq program "${program}".`,
        );
      }
      if (take("if", "name")) return optional(conditional());
      if (take("try", "name")) return attempt();
      if (take("reduce", "name")) return reduction();
    }
    const found = term();
    if (!take("as", "name")) return optional(found);
    const bound = pattern();
    if (take("?//")) throw new JqSyntaxError(`"?//" is not read here, in "${program}".`);
    expect("|");
    return { type: "bind", source: found, pattern: bound, body: pipe() };
  }

  function optional(found: Expression): Expression {
    let body = found;
    while (take("?")) body = { type: "try", body, handler: undefined };
    return body;
  }

  function conditional(): Expression {
    const condition = pipe();
    expect("then", "name");
    const then = pipe();
    if (take("elif", "name")) return { type: "if", condition, then, else: conditional() };
    expect("else", "name");
    const otherwise = pipe();
    expect("end", "name");
    return { type: "if", condition, then, else: otherwise };
  }

  function attempt(): Expression {
    const body = unary();
    const handler = take("catch", "name") ? unary() : undefined;
    return { type: "try", body, handler };
  }

  function reduction(): Expression {
    const source = term();
    expect("as", "name");
    const bound = pattern();
    expect("(");
    const initial = pipe();
    expect(";");
    const update = pipe();
    expect(")");
    return { type: "reduce", source, pattern: bound, initial, update };
  }

  function variableName(): string {
    const token = peek();
    if (token?.type !== "name") throw fail(token, "the name of a variable");
    next++;
    return token.value;
  }

  function pattern(): Pattern {
    if (take("$")) return { type: "variable", name: variableName() };
    if (take("[")) {
      const items = [pattern()];
      while (take(",")) items.push(pattern());
      expect("]");
      return { type: "array", items };
    }
    expect("{");
    const entries = [];
    do entries.push(patternEntry());
    while (take(","));
    expect("}");
    return { type: "object", entries };
  }

  function patternEntry(): { key: Expression; value: Pattern } {
    if (take("$")) {
      const name = variableName();
      return { key: literal(name), value: { type: "variable", name } };
    }
    const key = entryKey();
    expect(":");
    return { key, value: pattern() };
  }

  function entryKey(): Expression {
    const token = peek();
    if (take("(")) {
      const key = pipe();
      expect(")");
      return key;
    }
    if (token?.type === "text") return text("text");
    if (token?.type !== "name") throw fail(token, "a key");
    next++;
    return literal(token.value);
  }

  function term(): Expression {
    let found = primary();
    for (;;) {
      const suffixed = suffix(found);
      if (!suffixed) return found;
      found = suffixed;
    }
  }

  function suffix(target: Expression): Expression | undefined {
    const token = peek();
    if (token?.type === "field") {
      next++;
      return indexed(target, literal(token.value));
    }
    if (isAt(".") && tokens[next + 1]?.type === "text") {
      next++;
      return indexed(target, text("text"));
    }
    return take("[") ? brackets(target) : undefined;
  }

  /** The question mark of `.a?` is about this step alone, and not about what comes before it. */
  const isOptional = () => take("?");

  function indexed(target: Expression, key: Expression): Expression {
    return { type: "index", target, key, optional: isOptional() };
  }

  function brackets(target: Expression): Expression {
    if (take("]")) return { type: "iterate", target, optional: isOptional() };
    if (take(":")) return sliced(target, undefined, pipe());
    const key = pipe();
    if (take(":")) return sliced(target, key, isAt("]") ? undefined : pipe());
    expect("]");
    return indexed(target, key);
  }

  function sliced(
    target: Expression,
    from: Expression | undefined,
    to: Expression | undefined,
  ): Expression {
    expect("]");
    return { type: "slice", target, from, to, optional: isOptional() };
  }

  function primary(): Expression {
    const token = peek();
    switch (token?.type) {
      case "number":
        next++;
        return literal(token.value);
      case "text":
        return text("text");
      case "format":
        next++;
        return peek()?.type === "text"
          ? text(token.value)
          : { type: "format", format: token.value };
      case "field":
        next++;
        return indexed(identity, literal(token.value));
      case "name":
        return call(token);
    }
    if (take("..")) return { type: "recurse" };
    if (take(".")) {
      if (peek()?.type !== "text") return identity;
      return indexed(identity, text("text"));
    }
    if (take("$")) return { type: "variable", name: variableName() };
    if (take("(")) {
      const inner = pipe();
      expect(")");
      return inner;
    }
    if (take("[")) {
      if (take("]")) return { type: "array", items: undefined };
      const items = pipe();
      expect("]");
      return { type: "array", items };
    }
    if (take("{")) return object();
    throw fail(token);
  }

  function text(format: string): Expression {
    const token = peek();
    if (token?.type !== "text") throw fail(token, "a text");
    next++;
    const [only] = token.parts;
    if (token.parts.length === 1 && typeof only === "string") return literal(only);
    const parts = token.parts.map((part) => {
      if (typeof part === "string") return part;
      const inner = createParser(part, program);
      const expression = inner.pipe();
      inner.end();
      return expression;
    });
    return { type: "text", format, parts };
  }

  function call(token: Token & { readonly value: string }): Expression {
    if (keywords.has(token.value)) throw fail(token);
    next++;
    if (token.value === "null") return literal(null);
    if (token.value === "true" || token.value === "false") return literal(token.value === "true");
    const args: Expression[] = [];
    if (take("(")) {
      do args.push(pipe());
      while (take(";"));
      expect(")");
    }
    return { type: "call", name: token.value, args };
  }

  function object(): Expression {
    const entries: ObjectEntry[] = [];
    if (!take("}")) {
      do entries.push(objectEntry());
      while (take(","));
      expect("}");
    }
    return { type: "object", entries };
  }

  function objectEntry(): ObjectEntry {
    if (take("$")) {
      const name = variableName();
      return { key: literal(name), value: { type: "variable", name } };
    }
    const token = peek();
    const key = entryKey();
    if (take(":")) return { key, value: objectValue() };
    const isShort =
      token?.type === "text" || (token?.type === "name" && !keywords.has(token.value));
    if (!isShort) throw fail(peek(), '":"');
    return { key, value: { type: "index", target: identity, key, optional: false } };
  }

  /** Only terms and pipes stand here without parentheses. */
  function objectValue(): Expression {
    const left = take("-") ? ({ type: "negate", operand: objectTerm() } as const) : objectTerm();
    return take("|") ? { type: "pipe", left, right: objectValue() } : left;
  }

  const objectTerm = (): Expression => term();

  return {
    pipe,
    end() {
      if (peek()) throw fail(peek());
    },
  };
}

/** The weakest first; `chains`: a < b < c is none. */
const levels: readonly {
  readonly operators: readonly BinaryOperator[];
  readonly chains: boolean;
}[] = [
  { operators: ["or"], chains: true },
  { operators: ["and"], chains: true },
  { operators: comparisons, chains: false },
  { operators: arithmetic.slice(0, 2), chains: true },
  { operators: arithmetic.slice(2), chains: true },
];
const additive = 3;
