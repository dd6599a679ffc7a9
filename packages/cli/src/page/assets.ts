/** The files of the page: built beside the command, or, in the repository, from their sources. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type PageAssets = Readonly<
  Record<string, { readonly type: string; readonly body: string } | undefined>
>;

const built = fileURLToPath(new URL("./page/", import.meta.url));

/** Beside the sources, and not in the package. */
const fromSource = new URL("../../page/build.ts", import.meta.url);

export interface PageFiles {
  readonly js: string;
  readonly css: string;
}

/** Its script and its style. */
export async function pageFiles(): Promise<PageFiles> {
  const isBuilt = existsSync(`${built}page.js`) && existsSync(`${built}page.css`);
  return isBuilt
    ? { js: readFileSync(`${built}page.js`, "utf8"), css: readFileSync(`${built}page.css`, "utf8") }
    : (await import(fromSource.href)).buildPage();
}

/** By path. `can`: the actions that its server takes. */
export async function pageAssets(title: string, can: readonly string[]): Promise<PageAssets> {
  const { js, css } = await pageFiles();
  const head = `<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>`;
  return {
    "/": { type: "text/html; charset=utf-8", body: pageHtml({ title, can, head }) },
    "/page.js": { type: "text/javascript; charset=utf-8", body: js },
    "/page.css": { type: "text/css; charset=utf-8", body: css },
  };
}

export interface PageHtml {
  readonly title: string;
  readonly can: readonly string[];
  readonly head: string;
  /** What stands behind the page. @default nothing */
  readonly behind?: string;
}

export const pageHtml = ({ title, can, head, behind = "" }: PageHtml) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${asText(title)}</title>
<link rel="icon" href="data:,">
${head}
</head>
<body><div id="page" data-can="${can.join(" ")}"><p>Loading…</p></div>${behind}</body>
</html>
`;

const asText = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
