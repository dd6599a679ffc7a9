/** Files of the repository that the docs point at, as pages: the site stands by itself, wherever it is served from. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { escaped, highlight } from "./highlight.ts";
import { type Page, relative } from "./layout.ts";
import { sourcePageOf } from "./pages.ts";

const languages: Readonly<Record<string, string>> = {
  mts: "ts",
  tsx: "ts",
  mjs: "js",
  yml: "yaml",
  py: "python",
  css: "",
};

const tracked = new Map<string, readonly string[]>();

/** What stands in a folder itself, without what git leaves out. */
export function filesOf(root: string, folder: string): string[] {
  const all =
    tracked.get(root) ??
    execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
  tracked.set(root, all);
  const inside = all.filter((path) => path.startsWith(`${folder}/`));
  return inside.filter((path) => !path.slice(folder.length + 1).includes("/"));
}

/** `linked`: the paths that have a page. */
export function sourcePage(root: string, path: string, linked: ReadonlySet<string>): Page {
  const page = { path: sourcePageOf(path), title: path };
  const heading = `<h1 class="path">${escaped(path)}</h1>`;
  if (statSync(join(root, path)).isDirectory()) {
    const items = filesOf(root, path).map((file) => {
      const name = escaped(file.slice(path.length + 1));
      const link = linked.has(file)
        ? `<a href="${escaped(relative(page.path, sourcePageOf(file)))}">${name}</a>`
        : name;
      return `<li>${link}</li>`;
    });
    return { ...page, html: `${heading}\n<ul>${items.join("\n")}</ul>` };
  }
  const code = readFileSync(join(root, path), "utf8");
  const ending = /\.(\w+)$/.exec(path)?.[1] ?? "sh";
  return {
    ...page,
    html: `${heading}\n<pre tabindex="0"><code>${highlight(code, languages[ending] ?? ending)}</code></pre>`,
  };
}
