/** Errors as they are parked: a record must not be lost over a long message. */
import type { DescribedError } from "../observe/log.ts";

/** How many characters of each part are kept; 0: the part is left out. */
interface Lengths {
  readonly name: number;
  readonly message: number;
  readonly stack: number;
}

const usual: Lengths = { name: 100, message: 1000, stack: 2000 };
const least: Lengths = { name: 50, message: 200, stack: 0 };

/** Enough to find the cause, with the cause of the error. */
export function shortError({ cause, ...error }: DescribedError): DescribedError {
  return { ...shortened(error, usual), ...(cause && { cause: shortened(cause, usual) }) };
}

/** Enough to know which error it was. */
export const briefError = (error: DescribedError): DescribedError => shortened(error, least);

function shortened({ name, message, stack }: DescribedError, lengths: Lengths): DescribedError {
  return {
    name: cut(name, lengths.name),
    message: cut(message, lengths.message),
    ...(stack && lengths.stack > 0
      ? { stack: cut(withoutMessage(stack, message, lengths.message), lengths.stack) }
      : {}),
  };
}

/** The stack begins with the message: where that is long, nothing else would be left of it. */
function withoutMessage(stack: string, message: string, most: number): string {
  const at = message.length > most ? stack.indexOf(message) : -1;
  return at < 0 ? stack : `${stack.slice(0, at)}…${stack.slice(at + message.length)}`;
}

/** Without half of a surrogate pair: stores refuse it, or change it. */
const cut = (text: string, most: number): string =>
  (text.length <= most ? text : `${text.slice(0, most - 1)}…`).toWellFormed();
