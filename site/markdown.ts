/** Markdown as the HTML of a page, with what its headings, its links and its search need. */
import { Marked, type Token, type Tokens } from "marked";
import { escaped, highlight } from "./highlight.ts";

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

/** What stands between two headings: what a search finds. */
export interface Passage {
  readonly heading: Heading;
  readonly text: string;
}

export interface Rendered {
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly passages: readonly Passage[];
}

/** What `target` of a link or a picture is in the site. */
export type Resolve = (target: string) => string;

/** As GitHub names them. */
const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

const plain = (tokens: readonly Token[] = []): string =>
  tokens
    .map((token) => ("tokens" in token && token.tokens ? plain(token.tokens) : textOf(token)))
    .join("");

const textOf = (token: Token) =>
  token.type === "html" ? "" : "text" in token ? unescaped(token.text) : "";

const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** The words of a block, without its marks. */
const wordsOf = ({ raw, type }: Token) =>
  type === "code"
    ? raw.replaceAll(/^ *```.*$/gm, "")
    : raw
        .replaceAll(/<[^>]*>|[`*|\\]|^#+ |-{3,}/gm, "")
        .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1");

export function render(markdown: string, resolve: Resolve): Rendered {
  const headings: Heading[] = [];
  const taken = new Map<string, number>();
  const idOf = (text: string) => {
    const name = slug(text);
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  };
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = plain(tokens);
        const id = idOf(text);
        headings.push({ level: depth, text, id });
        const link =
          depth === 1
            ? ""
            : ` <a class="anchor" href="#${id}" aria-hidden="true" tabindex="-1">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${escaped(resolve(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escaped(resolve(href))}" alt="${escaped(text)}" loading="lazy">`;
      },
      code: ({ text, lang }) =>
        `<pre tabindex="0"><code>${highlight(text, lang?.split(" ")[0])}</code></pre>\n`,
      html: ({ text }) => text.replaceAll(/<!--[\s\S]*?-->/g, ""),
    },
  });
  const tokens = marked.lexer(markdown);
  const html = wideTables(toFirst(marked.parser(tokens)));
  return {
    title: headings.find(({ level }) => level === 1)?.text ?? "",
    html,
    headings,
    passages: passagesOf(tokens, headings),
  };
}

/** TypeDoc's Markdown counts some names twice that stand on the page once: their second is the first. */
const toFirst = (html: string) =>
  html.replaceAll(/href="#([^"]+)-1"/g, (link, id) =>
    html.includes(`id="${id}-1"`) ? link : `href="#${id}"`,
  );

/** A table scrolls by itself where the screen is narrow, and by the keyboard too. */
const wideTables = (html: string) =>
  html
    .replaceAll(
      /<table>/g,
      '<div class="table" tabindex="0" role="group" aria-label="Table"><table>',
    )
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<th></th>", "<td></td>");

const searched = 3;

function passagesOf(tokens: readonly Token[], headings: readonly Heading[]): Passage[] {
  const passages: { heading: Heading; text: string }[] = [];
  const next = headings[Symbol.iterator]();
  for (const token of tokens) {
    if (token.type === "heading") {
      const heading = next.next().value!;
      if ((token as Tokens.Heading).depth <= searched) passages.push({ heading, text: "" });
      else if (passages.length > 0) passages.at(-1)!.text += ` ${heading.text}`;
    } else if (passages.length > 0) {
      passages.at(-1)!.text += ` ${wordsOf(token)}`;
    }
  }
  return passages.map(({ heading, text }) => ({
    heading,
    text: text.replaceAll(/\s+/g, " ").trim(),
  }));
}
