/** LIKE, SIMILAR TO, and Java's regular expressions, as JavaScript's. */

export const literal = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Why a pattern is refused. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** `%` is any text, `_` one character. */
export function likePattern(pattern: string, escapeChar?: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === escapeChar) source += literal(escaped(pattern, ++at));
    else source += char === "%" ? "[\\s\\S]*" : char === "_" ? "[\\s\\S]" : literal(char);
  }
  return new RegExp(`^${source}$`);
}

function escaped(pattern: string, at: number): string {
  const char = pattern[at];
  if (char === undefined)
    throw new PatternError("The escape character stands at the end of the pattern.");
  return char;
}

const classes: Readonly<Record<string, string>> = {
  ALPHA: "A-Za-z",
  UPPER: "A-Z",
  LOWER: "a-z",
  DIGIT: "0-9",
  ALNUM: "A-Za-z0-9",
  SPACE: " ",
  WHITESPACE: "\\s",
};

/** SQL's regular expressions: those of LIKE, with | * + ? {n} ( ) [ ]. */
export function similarPattern(pattern: string, escapeChar?: string): RegExp {
  return new RegExp(`^(?:${similarSource(pattern, escapeChar)})$`);
}

export function similarSource(pattern: string, escapeChar?: string): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === escapeChar) source += literal(escaped(pattern, ++at));
    else if (char === "%") source += "[\\s\\S]*";
    else if (char === "_") source += "[\\s\\S]";
    else if ("|*+?{}".includes(char)) source += char;
    else if (char === "(") source += "(?:";
    else if (char === ")") source += ")";
    else if (char === "[") {
      const end = pattern.indexOf(
        "]",
        pattern.startsWith("[:", at + 1) ? pattern.indexOf(":]", at) + 2 : at + 2,
      );
      if (end < 0) throw new PatternError("A [ of the pattern is not closed.");
      const [inner, except] = pattern.slice(at + 1, end).split(/(?!^)\^/);
      if (except) source += `(?!${charClass(except)})`;
      source += charClass(inner!);
      at = end;
    } else source += literal(char);
  }
  return compiled(source, "") && source;
}

const charClass = (inner: string) =>
  `[${inner
    .replace(
      /\[:(\w+):\]/g,
      (_all, name: string) => classes[name.toUpperCase()] ?? unknownClass(name),
    )
    .replace(/[\\\]]/g, "\\$&")
    .replaceAll("\\\\s", "\\s")}]`;

function unknownClass(name: string): never {
  throw new PatternError(
    `There is no class [:${name}:]; there are ${Object.keys(classes).join(", ")}.`,
  );
}

/** `\p{Alpha}` and others of Java's that are of ASCII. */
export const properties: Readonly<Record<string, string>> = {
  Alpha: "A-Za-z",
  Digit: "0-9",
  Alnum: "A-Za-z0-9",
  Upper: "A-Z",
  Lower: "a-z",
  Space: "\\s",
  Blank: " \\t",
  XDigit: "0-9A-Fa-f",
  Punct: "!-\\/:-@\\[-`{-~",
  Graph: "!-~",
  Print: " -~",
  Cntrl: "\\x00-\\x1f\\x7f",
  ASCII: "\\x00-\\x7f",
};

/** One of Java's. Throws PatternError where JavaScript has nothing equal. */
export function javaPattern(pattern: string, more = ""): RegExp {
  let source = pattern;
  let flags = more;
  const inline = /^\(\?([imsux]+)\)/.exec(source);
  if (inline) {
    for (const flag of inline[1]!) {
      if (flag === "x") throw new PatternError("The flag x (comments) is not supported.");
      if (flag !== "u" && !flags.includes(flag)) flags += flag;
    }
    source = source.slice(inline[0].length);
  }
  source = source.replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_all, text: string) =>
    text.replace(/[\s\S]/g, literal),
  );
  if (
    /(?:[*+?]|\{\d+,?\d*\})\+/.test(source.replace(/\\[\s\S]|\[[^\]]*\]/g, "x")) ||
    source.includes("(?>")
  ) {
    throw new PatternError("Possessive quantifiers and (?>…) are not supported.");
  }
  source = source
    .replace(/\\p\{(?:Is)?(\w+)\}/g, (all, name: string) => {
      const of = properties[name];
      if (of === undefined) throw new PatternError(`${all} is not supported.`);
      return `[${of}]`;
    })
    .replace(/\\A/g, "^")
    .replace(/\\z/g, "$")
    .replace(/\\Z/g, "(?=\\n?$)")
    .replace(/\\h/g, "[ \\t\\xa0]");
  return compiled(source, flags);
}

/** Throws PatternError. */
export function compiled(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new PatternError((error as Error).message.replace(/^Invalid regular expression: /, ""), {
      cause: error,
    });
  }
}

/** Java's `$1` in a replacement, and its `\`: as JavaScript's. */
export function javaReplacement(text: string): (match: RegExpExecArray) => string {
  const parts = text.match(/\\[\s\S]|\$\d|[\s\S]/g) ?? [];
  return (match) =>
    parts
      .map((part) =>
        part[0] === "\\"
          ? (part[1] ?? "")
          : /^\$\d$/.test(part)
            ? (match[Number(part[1])] ?? "")
            : part,
      )
      .join("");
}
