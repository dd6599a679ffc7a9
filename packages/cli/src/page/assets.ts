/** The files of the page: built beside the command, or, in the repository, from their sources. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface PageAsset {
  readonly type: string;
  readonly body: string;
  /** What its policy says of styles. @default 'self' */
  readonly styles?: string;
}

export type PageAssets = Readonly<Record<string, PageAsset | undefined>>;

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
  // With its style in it the page paints at once, and the script comes meanwhile.
  const head = `<style>${css}</style>
<script type="module" src="/page.js"></script>`;
  const body = pageHtml({ title, can, head });
  return {
    "/": { type: "text/html; charset=utf-8", body, styles: `'${hashOf(css)}'` },
    "/page.js": { type: "text/javascript; charset=utf-8", body: js },
  };
}

/** As a policy names what may stand in the page. */
export const hashOf = (text: string) =>
  `sha256-${createHash("sha256").update(text).digest("base64")}`;

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
