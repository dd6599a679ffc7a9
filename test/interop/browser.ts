/** A browser for the tests of the page: what it complains of, what axe-core finds, and pictures for the docs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium as driver, type Page } from "playwright-core";
import { chromium } from "./missing.ts";

export const patience = 20_000;

const pictures = join(import.meta.dirname, "../../docs/page");

export async function launch(): Promise<Browser> {
  const executablePath = execFileSync("which", [chromium()!], { encoding: "utf8" }).trim();
  return driver.launch({ executablePath, args: ["--no-sandbox"] });
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complains of, in the console or by an error. */
  readonly wrong: readonly string[];
}

/** `shown`: a text that stands there once it is up. */
export async function openPage(
  browser: Browser,
  url: string,
  shown: string | RegExp = "Live",
  how: Parameters<Browser["newContext"]>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...how });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(message.text());
  });
  await page.goto(url);
  await page
    .getByText(shown, { exact: typeof shown === "string" })
    .first()
    .waitFor();
  return { page, context, wrong };
}

export const room = (page: Page, name: string) =>
  page.getByRole("navigation").getByRole("link", { name }).first().click();

/** A picture of docs/page.md: where they are written anew. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== "1") return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** What axe-core finds: https://github.com/dequelabs/axe-core */
export async function violations(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // The page lets no script in but its own: this one comes by the driver, beside its policy. It need not fetch the styles once more.
  await page.evaluate(axe);
  const found: { id: string; nodes: { html: string }[] }[] = await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"], preload: false }).then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
