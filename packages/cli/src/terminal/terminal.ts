/**
 * What goes to a terminal. A record, an error, a template or a file name may hold sequences that a terminal
 * obeys, or characters that nobody sees: both are shown instead. In a pipe, too: something reads it.
 */

/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal: how wide it is. */
  readonly columns?: number | undefined;
  /** Writes what the command itself has made to move the cursor, or to colour. @default write */
  draw?(text: string): unknown;
  once?(event: string, listener: () => void): unknown;
}

/** Scripts whose letters take other forms beside a joiner. */
const joining = String.raw`\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}`;
const emoji = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f`;

/** Invisible characters where they belong to a visible one: within an emoji, or in a script that joins its letters. */
const shown = [
  String.raw`(?<=[${emoji}])\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=[${joining}])[\u200c\u200d](?=[${joining}])`,
  String.raw`(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]`,
  String.raw`(?<=[\d#*])\ufe0f(?=\u20e3)`,
].join("|");

/** Controls (C0, DEL, C1), what turns the direction of text, what nobody sees; but not Arabic's number signs. */
const hidden = String.raw`[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]--[\n\t\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]`;

const unseen = new RegExp(`(${shown})|${hidden}`, "gv");

/**
 * The text as a terminal may have it: what is not seen stands there as `\u001b`, which within JSON is the
 * same character. Lines and tabs stay.
 */
export function harmless(text: string): string {
  if (/^[\t\n\x20-\x7e]*$/.test(text)) return text;
  return text
    .replaceAll("\r\n", "\n")
    .replace(unseen, (found, isShown) => (isShown === undefined ? escaped(found) : found));
}

/** As `harmless`, and what would begin another line does not: for a value within a line. */
export const oneLine = (text: string): string => harmless(text).replaceAll("\n", escaped("\n"));

/** By UTF-16 units, as in JSON. */
const escaped = (text: string): string =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal obeys.
const colour = /(\x1b\[[\d;:]*m)/;

/** As `harmless`, but colours (SGR) stay, up to the end of each line. */
export const onlyColours = (text: string): string =>
  text
    .split("\n")
    .map((line) => {
      const parts = line.split(colour).map((part, at) => (at % 2 === 1 ? part : harmless(part)));
      const isOpen = parts.length > 1 && !line.endsWith(reset);
      return `${parts.join("")}${isOpen ? reset : ""}`;
    })
    .join("\n");

const reset = "\x1b[0m";

/** As `harmless`, and without colours (SGR). */
export const withoutColours = (text: string): string =>
  harmless(
    text
      .split(colour)
      .filter((_, at) => at % 2 === 0)
      .join(""),
  );

/** Writes what the command itself has made harmless. */
export const draw = (output: Output, text: string): unknown =>
  output.draw ? output.draw(text) : output.write(text);

/** The output with everything harmless that is written to it. */
export function harmlessOutput(output: Output): Output {
  return {
    write: (text) => output.write(harmless(text)),
    draw: (text) => output.write(text),
    ...(output.isTTY !== undefined && { isTTY: output.isTTY }),
    // It may change; a terminal that does not say how wide it is has 0.
    get columns() {
      return output.columns || undefined;
    },
    ...(output.once && { once: output.once.bind(output) }),
  };
}
