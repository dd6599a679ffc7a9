/** The whole site as files in memory: Markdown in, pages out. Whoever calls writes them, or looks at their links. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import type { Found } from "./found.ts";
import { layout, type NavSection, type Page, relative } from "./layout.ts";
import type { Files } from "./links.ts";
import { type Rendered, render } from "./markdown.ts";
import { folderOfDecisions, pageOf, sections, sourcePageOf } from "./pages.ts";
import { filesOf, sourcePage } from "./source-pages.ts";

/** Scripts of the site, and what each is bundled from. */
export const scripts: Readonly<Record<string, string>> = {
  "assets/site.js": "site/browser/search.ts",
  "assets/try.js": "site/browser/try.tsx",
};

/** What a page has beside the scripts of all. */
const scriptsOf: Readonly<Record<string, readonly string[]>> = {
  "docs/try.md": ["assets/try.js"],
};

const kept: Readonly<Record<string, string>> = {
  "assets/palette.css": "packages/cli/page/palette.css",
  "assets/site.css": "site/browser/site.css",
  "assets/icon.svg": "site/browser/icon.svg",
};

/** But for its scripts. `api`: the folder of the reference as Markdown, from the root; without it the site has none. */
export function siteOf(root: string, { api }: { readonly api?: string } = {}): Files {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const named = sections.flatMap(({ pages }) => pages);
  const decisions = markdownIn(root, folderOfDecisions).filter(
    (path) => !named.some(([source]) => source === path),
  );
  const reference = api === undefined ? [] : markdownIn(root, api);
  const sources = [...named.map(([source]) => source), ...decisions, ...reference];
  const isPage = new Set(sources);
  const files = new Map<string, string | Uint8Array>(
    Object.entries(kept).map(([path, source]) => [path, read(source)]),
  );
  const linked = new Set<string>();

  const resolveIn = (source: string) => (target: string) => {
    if (/^[a-z]+:|^#/i.test(target)) return target;
    const [path, anchor] = target.split("#") as [string, string?];
    const to = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, "");
    const behind = anchor === undefined ? "" : `#${anchor}`;
    const link = (page: string) => relative(pageOf(source), page) + behind;
    if (isPage.has(to)) return link(pageOf(to));
    const file = join(root, to);
    if (!existsSync(file)) return target;
    if (/\.(png|svg)$/.test(to)) {
      const asset = to.replace(/^docs\//, "");
      files.set(asset, readFileSync(file));
      return link(asset);
    }
    linked.add(to);
    return link(sourcePageOf(to));
  };

  const rendered = new Map<string, Rendered>(
    sources.map((source) => [source, render(read(source), resolveIn(source))]),
  );
  const nav = navOf(reference, rendered);
  const add = (page: Page) => files.set(page.path, layout(page, nav));
  for (const [source, page] of rendered) {
    add({ ...page, path: pageOf(source), scripts: scriptsOf[source] ?? [] });
  }

  // Folders show what is in them, and what is in them can be read.
  for (const path of linked) {
    if (statSync(join(root, path)).isDirectory()) {
      for (const file of filesOf(root, path)) linked.add(file);
    }
  }
  for (const path of linked) add(sourcePage(root, path, linked));

  const forBuilders = [...decisions, ...ofBuilders];
  const weightOf = (source: string) =>
    forBuilders.includes(source) ? 0.15 : reference.includes(source) ? 0.7 : 1;
  const found: Found[] = sources.flatMap((source) =>
    rendered
      .get(source)!
      .passages.map(
        ({ heading, text }): Found => [
          rendered.get(source)!.title,
          heading.text,
          text,
          heading.level === 1 ? pageOf(source) : `${pageOf(source)}#${heading.id}`,
          weightOf(source),
        ],
      ),
  );
  files.set("assets/search-data.js", `globalThis.passages=${JSON.stringify(found)};\n`);
  return files;
}

/** What users seldom look for. */
const ofBuilders = sections
  .filter(({ title }) => title === "How it is built")
  .flatMap(({ pages }) => pages.map(([source]) => source));

const markdownIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`);

function navOf(
  reference: readonly string[],
  rendered: ReadonlyMap<string, Rendered>,
): readonly NavSection[] {
  const ofPages = sections.map(({ title, open, pages }) => ({
    title,
    open: open === true,
    pages: pages.map(([source, name]) => ({ path: pageOf(source), title: name })),
  }));
  if (reference.length === 0) return ofPages;
  const modules = reference
    .filter((source) => !source.endsWith("/README.md"))
    .map((source) => ({ path: pageOf(source), title: rendered.get(source)!.title }))
    .sort((a, b) => Number(a.title[0] === "@") - Number(b.title[0] === "@"));
  return [...ofPages, { title: "API reference", open: false, pages: modules }];
}
