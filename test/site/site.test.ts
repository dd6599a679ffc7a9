/** The docs as a site: what `npm run site` writes, but for the API reference, which it checks itself. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Found } from "../../site/found.ts";
import { highlight } from "../../site/highlight.ts";
import { brokenLinks } from "../../site/links.ts";
import { render } from "../../site/markdown.ts";
import { pageOf } from "../../site/pages.ts";
import { documentsOf, emptyIndex, excerpt } from "../../site/search.ts";
import { scripts, siteOf } from "../../site/site.ts";

const root = join(import.meta.dirname, "../..");
const files = siteOf(root);
const withScripts = new Map([...files, ...Object.keys(scripts).map((path) => [path, ""] as const)]);

it("no link and no anchor of the site leads nowhere, and nothing comes from another host", () => {
  expect(brokenLinks(withScripts)).toEqual([]);
  for (const entry of Object.values(scripts)) expect(existsSync(join(root, entry))).toBe(true);
});

it("links that lead nowhere are found, by page", () => {
  const page = (body: string) => new Map([["a/b.html", body]]);
  const wrong: Record<string, string> = {
    '<a href="c.html">': "a/b.html: c.html leads nowhere",
    '<a href="#x">': "a/b.html: #x names an anchor that a/b.html does not have",
    '<a href="b.html#x">': "a/b.html: b.html#x names an anchor that a/b.html does not have",
    '<a href="/a/b.html">': "a/b.html: /a/b.html holds at the root of a host alone",
    '<script defer src="https://example.com/x.js">':
      "a/b.html: <script> asks another host for https://example.com/x.js",
    '<img alt="" src="//example.com/x.png">':
      "a/b.html: <img> asks another host for //example.com/x.png",
    '<p id="x"></p><a id="x">': "a/b.html: the id x comes twice",
  };
  for (const [body, sentence] of Object.entries(wrong)) {
    expect(brokenLinks(page(body))).toEqual([sentence]);
  }
  expect(brokenLinks(page('<p id="x"></p><a href="../a/b.html#x">'))).toEqual([]);
});

it("every Markdown file of docs/ is a page", () => {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.startsWith("api"))
    .map((file) => `docs/${file}`);
  expect(docs.length).toBeGreaterThan(30);
  expect(docs.filter((file) => !files.has(pageOf(file)))).toEqual([]);
});

it("every page has one heading of the first level, and says in the navigation where it is", () => {
  for (const [path, content] of files) {
    if (!path.endsWith(".html") || path.startsWith("source/")) continue;
    expect(String(content).match(/<h1/g), path).toHaveLength(1);
    if (path.startsWith("decisions/") && !path.endsWith("index.html")) continue;
    expect(String(content).match(/aria-current="page"/g), path).toHaveLength(1);
  }
});

const passages: Found[] = JSON.parse(
  String(files.get("assets/search-data.js")).replace(/^globalThis\.passages=|;\n$/g, ""),
);
const index = emptyIndex(passages);
index.addAll(documentsOf(passages));
const first = (query: string) => passages[index.search(query)[0]!.id as number]![3];

it.each([
  ["maxAttempts", /^options\.html#/],
  ["aws-kinesis-agg", /^from-aws-kinesis-agg\.html$/],
  ["parallelization fact", /^(mapping|options|runbook|guide|compare)\.html/],
  ["debuger", /^debug\.html/],
  ["what it costs", /^progress\.html#what-it-costs$/],
])("a search for %s finds %s first", (query, url) => expect(first(query)).toMatch(url));

it("a search shows the words that it found, wherever in the passage they stand", () => {
  const text = `${"before ".repeat(50)}needle${" after".repeat(50)}`;
  expect(excerpt(text, ["needle"])).toMatch(/^… .*needle.* …$/);
  expect(excerpt("short needle", ["needle"])).toBe("short needle");
  expect(excerpt(text, ["elsewhere"])).toMatch(/^before /);
});

it("headings have the anchors that GitHub gives them, in turn where they are the same", () => {
  const {
    html,
    headings,
    passages: found,
  } = render(
    "# A `b()`: c\n\n## Same\n\none\n\n## Same\n\n| x |\n|---|\n| <y> |\n",
    (target) => target,
  );
  expect(headings.map(({ id }) => id)).toEqual(["a-b-c", "same", "same-1"]);
  expect(html).toContain('<h2 id="same-1">');
  expect(found.map(({ text }) => text)).toEqual(["", "one", "x"]);
});

it("code is escaped, and its comments, strings and words are marked", () => {
  expect(highlight('const a = "<b>"; // it\'s', "ts")).toBe(
    '<span class="k">const</span> a = <span class="s">&quot;&lt;b&gt;&quot;</span>; <span class="c">// it\'s</span>',
  );
  expect(highlight("echo a#b # c", "sh")).toBe('echo a#b <span class="c"># c</span>');
  expect(highlight("<a & b>", "nothing")).toBe("&lt;a &amp; b&gt;");
});
