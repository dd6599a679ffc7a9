/**
 * Patterns of FAST_REGEX_LOG_PARSE, as AWS's reference has them: with signs of their own (`@`, `<Alpha>`, `"text"`), and matched piece by piece.
 * What is of any length takes as little as what is behind it lets it, and no way leads back. All characters of the text must be accounted for.
 */
import { compiled, literal, PatternError, properties } from "./patterns.ts";

interface Piece {
  readonly source: string;
  /** In characters. Undefined: of any length. */
  readonly size: number | undefined;
  /** Whether a ? behind its source makes it take less. */
  readonly isRepeat?: boolean;
  /** In which ( ) of the pattern. */
  readonly group?: number;
}

export interface FastPattern {
  readonly groups: number;
  /** What is in each ( ); null where the text is another. */
  match(text: string): readonly string[] | null;
}

/** Throws PatternError. */
export function fastPattern(pattern: string): FastPattern {
  const { groups, pieces } = parse(pattern);
  const searches: Piece[][] = [];
  for (const piece of pieces) {
    // What has a length is where the search for what is before it ends.
    if (piece.size === undefined || searches.length === 0) searches.push([piece]);
    else searches.at(-1)!.push(piece);
  }
  const steps = searches.map((search, place) => {
    const isLast = place === searches.length - 1;
    const sources = search.map(({ isRepeat, source }) =>
      isRepeat && search.length > 1 ? `(${source}?)` : `(${source})`,
    );
    return { search, regex: compiled(sources.join("") + (isLast ? "$" : ""), "y") };
  });
  return {
    groups,
    match(text) {
      const found = Array.from({ length: groups }, () => "");
      let at = 0;
      for (const { regex, search } of steps) {
        regex.lastIndex = at;
        const match = regex.exec(text);
        if (!match) return null;
        at += match[0].length;
        for (const [place, { group }] of search.entries())
          if (group !== undefined) found[group]! += match[place + 1];
      }
      return at === text.length ? found : null;
    },
  };
}

function parse(pattern: string): { readonly groups: number; readonly pieces: readonly Piece[] } {
  let at = 0;
  let groups = 0;
  const wrong = (why: string) => new PatternError(`${why} in the pattern '${pattern}'.`);
  const upTo = (end: string): string => {
    const found = pattern.indexOf(end, at);
    if (found < 0) throw wrong(`${end} is missing`);
    const text = pattern.slice(at, found);
    at = found + 1;
    return text;
  };
  const escaped = (): string => literal(pattern[at++] ?? "\\");
  const charClass = (): string => {
    let source = "[";
    for (; pattern[at] !== "]"; ) {
      const char = pattern[at++];
      if (char === undefined) throw wrong("] is missing");
      const isPlain = char === "-" || (char === "^" && source === "[");
      source += char === "\\" ? escaped() : isPlain ? char : literal(char);
    }
    at++;
    return `${source}]`;
  };
  const named = (name: string): string => {
    const of = properties[name === "Print" ? "Graph" : name];
    if (of === undefined) throw wrong(`<${name}> is not supported`);
    return `[${of}]`;
  };
  /** What may be one of several: its pieces where it is not. */
  const union = (): Piece & { readonly pieces: readonly Piece[] | undefined } => {
    const all: (readonly Piece[])[] = [];
    do {
      const pieces: Piece[] = [];
      while (at < pattern.length && !"|)".includes(pattern[at]!)) pieces.push(...repeated(atom()));
      all.push(pieces);
    } while (pattern[at] === "|" && ++at);
    if (pattern[at++] !== ")") throw wrong(") is missing");
    const sizes = all.map((pieces) =>
      pieces.reduce<number | undefined>(
        (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
        0,
      ),
    );
    const source = all.map((pieces) => pieces.map((piece) => piece.source).join("")).join("|");
    return {
      source: `(?:${source})`,
      size: sizes.every((size) => size === sizes[0]) ? sizes[0] : undefined,
      pieces: all.length === 1 ? all[0] : undefined,
    };
  };
  const atom = (): Piece => {
    const char = pattern[at++]!;
    switch (char) {
      case "(":
        return union();
      case "[":
        return { source: charClass(), size: 1 };
      case ".":
        return { source: "[\\s\\S]", size: 1 };
      case "@":
        return { source: "[\\s\\S]*", size: undefined, isRepeat: true };
      case "#":
        return { source: "[]", size: 1 };
      case '"': {
        const text = upTo('"');
        return { source: `(?:${literal(text)})`, size: text.length };
      }
      case "<":
        return { source: named(upTo(">")), size: 1 };
      case "\\":
        return { source: escaped(), size: 1 };
      default:
        if ("|)&?*+{".includes(char)) throw wrong(`${char} is not supported`);
        return { source: literal(char), size: 1 };
    }
  };
  const repeated = (piece: Piece, whole?: readonly Piece[]): readonly Piece[] => {
    const found = /^(?:[?*+]|\{(\d+)(,?)(\d*)\})/.exec(pattern.slice(at));
    if (!found) return whole ?? [piece];
    const [sign, from, comma, to] = found;
    at += sign.length;
    const least = Number(from ?? (sign === "+" ? 1 : 0));
    const most = sign === "?" ? 1 : from && !comma ? least : to ? Number(to) : undefined;
    if (most! < least) throw wrong(`${sign} is not supported`);
    const { size, source } = piece;
    const times = `{${most === least ? least : `${size === undefined ? least : 0},${most === undefined ? "" : size === undefined ? most : most - least}`}}`;
    if (size === undefined) return [{ source: `(?:${source})${times}`, size, isRepeat: true }];
    const first = { source: `${source}{${least}}`, size: size * least };
    if (most === least) return [first];
    const rest = { source: `${source}${times}`, size: undefined, isRepeat: true };
    return least > 0 ? [first, rest] : [rest];
  };
  const pieces: Piece[] = [];
  while (at < pattern.length) {
    if (pattern[at] !== "(") pieces.push(...repeated(atom()));
    else {
      at++;
      const inner = union();
      const group = groups++;
      pieces.push(...repeated(inner, inner.pieces).map((piece) => ({ ...piece, group })));
    }
  }
  return { groups, pieces };
}
