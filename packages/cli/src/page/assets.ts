/** The files of the page: built beside the command, or, in the repository, from their sources. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type PageAssets = Readonly<
  Record<string, { readonly type: string; readonly body: string } | undefined>
>;

const built = fileURLToPath(new URL("./page/", import.meta.url));

/** Beside the sources, and not in the package. */
const fromSource = new URL("../../page/build.ts", import.meta.url);

/** By path. */
export async function pageAssets(): Promise<PageAssets> {
  const isBuilt = existsSync(`${built}page.js`) && existsSync(`${built}page.css`);
  const { js, css } = isBuilt
    ? { js: readFileSync(`${built}page.js`, "utf8"), css: readFileSync(`${built}page.css`, "utf8") }
    : await (await import(fromSource.href)).buildPage();
  return {
    "/": { type: "text/html; charset=utf-8", body: html },
    "/page.js": { type: "text/javascript; charset=utf-8", body: js },
    "/page.css": { type: "text/css; charset=utf-8", body: css },
  };
}

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>shardmill dev</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"><p>Loading…</p></div></body>
</html>
`;
