/** Cuts an expression into words, and reads them one by one. */
import { invalid } from "../errors.ts";

const word =
  /\s*(?:([#:]?[A-Za-z_][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|\d+)|(<>|<=|>=|[=<>()[\],.+-]))/y;

export interface Words {
  /** The next word, not yet taken; "" at the end. */
  peek(): string;
  take(): string;
  /** Takes the next word if it is this one; keywords in any case. */
  accept(expected: string): boolean;
  expect(expected: string): void;
  /** The error for an expression that goes on wrongly. */
  wrong(): Error;
}

export function words(expression: string): Words {
  const all: string[] = [];
  word.lastIndex = 0;
  while (expression.slice(word.lastIndex).trim() !== "") {
    const from = word.lastIndex;
    const match = word.exec(expression);
    if (!match) throw invalid(`Syntax error in "${expression}" at "${expression.slice(from)}"`);
    all.push(match[1] ?? match[2]!);
  }
  let at = 0;
  const peek = () => all[at] ?? "";
  const wrong = () => invalid(`Syntax error in "${expression}"; token: "${peek()}"`);
  const accept = (expected: string) => {
    if (peek().toUpperCase() !== expected.toUpperCase()) return false;
    at++;
    return true;
  };
  return {
    peek,
    wrong,
    accept,
    take: () => all[at++] ?? "",
    expect(expected) {
      if (!accept(expected)) throw wrong();
    },
  };
}
