import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pages, root, textOf } from "./pages.ts";

it.each(pages)("%s links to what is there, headings included", (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)];
  const missing = links
    .map(([, link, heading]) => ({ file: link ? join(dirname(page), link) : page, heading }))
    .filter(
      ({ file, heading }) =>
        !existsSync(join(root, file)) || (heading && !headingsOf(file).includes(heading)),
    );
  expect(missing).toEqual([]);
});

it.each(pages)("%s names no file of the repository that is not there", (page) => {
  const named = [...textOf(page).matchAll(/`((?:src|test|packages|bench|docs|\.ci)\/[\w./-]+)`/g)];
  const missing = named.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

/** What a link to a page may name behind its #: headings as GitHub calls them, and anchors. */
const headingsOf = (page: string) => [
  ...[...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  ),
  ...[...textOf(page).matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!),
];
