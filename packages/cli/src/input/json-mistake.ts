/** What is wrong with a text that JSON.parse has refused, and where: its own messages differ from one Node.js to the next. */

export interface Mistake {
  /** In UTF-16 code units, from 0. */
  readonly at: number;
  readonly what: string;
}

/** The first mistake. Undefined: the text is JSON. */
export function findMistake(text: string): Mistake | undefined {
  const open: ("}" | "]")[] = [];
  let at = afterSpace(text, 0);
  for (;;) {
    // Here a value begins.
    const opening = text[at];
    if (opening === "{" || opening === "[") {
      const closing = opening === "{" ? "}" : "]";
      at = afterSpace(text, at + 1);
      if (text[at] !== closing) {
        open.push(closing);
        const mistake = closing === "}" ? keyMistake(text, at) : undefined;
        if (mistake) return mistake;
        if (closing === "}") at = afterKey(text, at);
        continue;
      }
      at++;
    } else {
      const end = endOfScalar(text, at);
      if (typeof end !== "number") return end;
      at = end;
    }
    // Here one has ended, and those around it may.
    at = afterSpace(text, at);
    while (open.length > 0 && text[at] === open.at(-1)) {
      open.pop();
      at = afterSpace(text, at + 1);
    }
    const closing = open.at(-1);
    if (closing === undefined) {
      return at < text.length
        ? { at, what: `Expected end of file in JSON ${butFound(text, at)}` }
        : undefined;
    }
    if (text[at] !== ",") return { at, what: `Expected "," in JSON ${butFound(text, at)}` };
    const comma = at;
    at = afterSpace(text, at + 1);
    if (text[at] === closing) return { at: comma, what: "JSON does not support trailing commas" };
    if (closing === "}") {
      const mistake = keyMistake(text, at);
      if (mistake) return mistake;
      at = afterKey(text, at);
    }
  }
}

/** What is wrong with a member's name and its colon. */
function keyMistake(text: string, at: number): Mistake | undefined {
  if (text[at] !== '"') return { at, what: `Expected string in JSON ${butFound(text, at)}` };
  const end = endOfString(text, at);
  if (typeof end !== "number") return end;
  const colon = afterSpace(text, end);
  return text[colon] === ":"
    ? undefined
    : { at: colon, what: `Expected ":" in JSON ${butFound(text, colon)}` };
}

/** Where the value of a member begins whose name stands at `at`. */
const afterKey = (text: string, at: number) =>
  afterSpace(text, afterSpace(text, endOfString(text, at) as number) + 1);

const [quote, backslash] = [0x22, 0x5c];

const space = /[\t\n\r ]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const word = /(?:true|false|null)(?!\w)/y;
/** What a message repeats of what it found. */
const thing = /[\w.+-]+|[\s\S]?/uy;

const afterSpace = (text: string, at: number) => endOf(space, text, at) ?? at;

/** Where a match ends that begins at `at`. */
function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function endOfScalar(text: string, at: number): number | Mistake {
  if (text[at] === '"') return endOfString(text, at);
  const end = endOf(number, text, at) ?? endOf(word, text, at);
  if (end !== undefined) return end;
  if (text[at] === "'") return { at, what: "JSON strings must use double quotes" };
  if (/^\/[/*]/.test(text.slice(at, at + 2))) {
    return { at, what: "JSON does not support comments" };
  }
  const isEnd = at >= text.length;
  return {
    at,
    what: `Unexpected ${isEnd ? "end of file" : JSON.stringify(thingAt(text, at))} in JSON`,
  };
}

/** Of the string that begins at `at`. */
function endOfString(text: string, at: number): number | Mistake {
  for (let end = at + 1; ; end++) {
    const unit = text.charCodeAt(end);
    if (unit === quote) return end + 1;
    if (unit === backslash) {
      const next = endOf(escapeSequence, text, end);
      if (next !== undefined) {
        end = next - 1;
        continue;
      }
      if (end + 1 < text.length) {
        const what = `Unexpected ${JSON.stringify(text.slice(end, end + 2))} in a string`;
        return { at: end, what };
      }
    }
    if (Number.isNaN(unit) || unit < 0x20 || unit === backslash) {
      return { at: end, what: "Unterminated string literal" };
    }
  }
}

const butFound = (text: string, at: number) =>
  `but found ${at < text.length ? JSON.stringify(thingAt(text, at)) : "end of file"}`;

function thingAt(text: string, at: number): string {
  return text.slice(at, endOf(thing, text, at));
}
