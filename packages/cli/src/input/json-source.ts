/**
 * Where in a JSON text its values stand. JavaScript's numbers are not all that JSON may say, so what is put
 * is what was written. Every `json` here is JSON: JSON.parse has taken it.
 */

/** From the first character of a value to the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The whole text, without the space around it. */
export function wholeSpan(json: string): Span {
  const start = afterSpace(json, 0);
  return { start, end: afterValue(json, start) };
}

/** The elements of a list. */
export function* elementSpans(json: string, list: Span): Generator<Span> {
  for (let at = afterSpace(json, list.start + 1); json.charCodeAt(at) !== closeBracket; ) {
    const end = afterValue(json, at);
    yield { start: at, end };
    at = afterSpace(json, end);
    if (json.charCodeAt(at) === comma) at = afterSpace(json, at + 1);
  }
}

/** A member of an object. Undefined: it has none of that name, or is no object. Of several the last counts. */
export function memberSpan(json: string, object: Span, name: string): Span | undefined {
  if (json.charCodeAt(object.start) !== openBrace) return undefined;
  let found: Span | undefined;
  for (let at = afterSpace(json, object.start + 1); json.charCodeAt(at) !== closeBrace; ) {
    const nameEnd = afterString(json, at);
    const isIt = JSON.parse(json.slice(at, nameEnd)) === name;
    at = afterSpace(json, afterSpace(json, nameEnd) + 1);
    const end = afterValue(json, at);
    if (isIt) found = { start: at, end };
    at = afterSpace(json, end);
    if (json.charCodeAt(at) === comma) at = afterSpace(json, at + 1);
  }
  return found;
}

/**
 * What stands at a path such as `customer.id` or `items.0.sku`. A member may have dots in its name. Undefined:
 * nothing does.
 */
export function spanAt(json: string, path: string): Span | undefined {
  const whole = wholeSpan(json);
  return (
    memberSpan(json, whole, path) ??
    path
      .split(".")
      .reduce<Span | undefined>((span, step) => span && childSpan(json, span, step), whole)
  );
}

/** A member of an object, or an element of a list. Undefined: it has none. */
export function childSpan(json: string, parent: Span, step: string): Span | undefined {
  if (json.charCodeAt(parent.start) !== openBracket) return memberSpan(json, parent, step);
  let left = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.POSITIVE_INFINITY;
  for (const span of elementSpans(json, parent)) if (left-- === 0) return span;
  return undefined;
}

export const isList = (json: string, { start }: Span): boolean =>
  json.charCodeAt(start) === openBracket;

/** The value as it is written, on one line: line ends stand between tokens alone, and so does what indents them. */
export function sourceOf(json: string, { start, end }: Span): string {
  const written = json.slice(start, end);
  if (!written.includes("\n")) return written;
  return written
    .split("\n")
    .map((line) => line.trim())
    .join("");
}

function afterSpace(json: string, from: number): number {
  for (let at = from; ; at++) {
    const code = json.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

function afterString(json: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const code = json.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at + 1;
  }
}

function afterValue(json: string, from: number): number {
  const first = json.charCodeAt(from);
  if (first === quote) return afterString(json, from);
  if (first !== openBrace && first !== openBracket) return afterWord(json, from);
  for (let at = from, depth = 0; ; ) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      at = afterString(json, at);
      continue;
    }
    at++;
    if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at;
  }
}

/** A number, `true`, `false` or `null`. */
function afterWord(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const ends = code <= 0x20 || code === comma || code === colon;
    if (ends || code === closeBrace || code === closeBracket) return at;
  }
  return json.length;
}
