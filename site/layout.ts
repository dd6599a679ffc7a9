/** What stands around the text of a page. It needs no script but for the search. */
import { posix } from "node:path";
import { escaped } from "./highlight.ts";
import type { Heading } from "./markdown.ts";

export interface NavSection {
  readonly title: string;
  readonly open: boolean;
  readonly pages: readonly { readonly path: string; readonly title: string }[];
}

export interface Page {
  /** From the site's root: `decisions/index.html`. */
  readonly path: string;
  readonly title: string;
  readonly html: string;
  readonly headings?: readonly Heading[];
  /** Scripts of this page alone, from the site's root. */
  readonly scripts?: readonly string[];
}

export const relative = (from: string, to: string): string =>
  posix.relative(posix.dirname(from), to) || posix.basename(to);

export function layout(page: Page, nav: readonly NavSection[]): string {
  const to = (path: string) => escaped(relative(page.path, path));
  const scripts = ["assets/search-data.js", "assets/site.js", ...(page.scripts ?? [])];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(page.title === "shardmill" ? page.title : `${page.title} · shardmill`)}</title>
<link rel="icon" href="${to("assets/icon.svg")}">
<link rel="stylesheet" href="${to("assets/palette.css")}">
<link rel="stylesheet" href="${to("assets/site.css")}">
${scripts
  .slice(1)
  .map((script) => `<script defer src="${to(script)}"></script>`)
  .join("\n")}
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header>
<button type="button" popovertarget="pages">Pages</button>
<a class="name" href="${to("index.html")}">shardmill</a>
<search hidden data-index="${to("assets/search-data.js")}" data-root="${to("index.html").slice(0, -"index.html".length)}">
<input type="search" placeholder="Search  /" aria-label="Search" aria-describedby="found" autocomplete="off" spellcheck="false">
<div class="found" hidden><p id="found" role="status"></p><ol></ol></div>
</search>
</header>
<nav id="pages" popover aria-label="Pages">
${nav.map((section) => navSection(section, page.path, to)).join("\n")}
</nav>
<main id="content" tabindex="-1">
${page.html}
${neighbours(nav, page.path, to)}
</main>
${onThisPage(page.headings ?? [])}
</body>
</html>
`;
}

function navSection(section: NavSection, path: string, to: (path: string) => string): string {
  const open = section.open || section.pages.some((page) => page.path === path);
  const links = section.pages.map(
    (page) =>
      `<li><a href="${to(page.path)}"${page.path === path ? ' aria-current="page"' : ""}>${escaped(page.title)}</a></li>`,
  );
  return `<details${open ? " open" : ""}><summary>${escaped(section.title)}</summary><ul>${links.join("")}</ul></details>`;
}

function neighbours(nav: readonly NavSection[], path: string, to: (path: string) => string) {
  const all = nav.flatMap(({ pages }) => pages);
  const at = all.findIndex((page) => page.path === path);
  if (at < 0) return "";
  const link = (page: (typeof all)[number] | undefined, rel: string, mark: string) =>
    page ? `<a rel="${rel}" href="${to(page.path)}">${mark} ${escaped(page.title)}</a>` : "";
  return `<nav class="neighbours" aria-label="Next pages">${link(all[at - 1], "prev", "Before:")}${link(all[at + 1], "next", "Next:")}</nav>`;
}

function onThisPage(headings: readonly Heading[]): string {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  if (shown.length < 2) return "";
  const most = shown.length > 60 ? shown.filter(({ level }) => level === 2) : shown;
  const items = most.map(
    ({ level, text, id }) =>
      `<li class="level${level}"><a href="#${escaped(id)}">${escaped(text)}</a></li>`,
  );
  return `<aside aria-label="On this page"><p>On this page</p><ul>${items.join("")}</ul></aside>`;
}
