/** What a Chromium says of the page: its main thread's tasks by its own trace, and when something was to be seen. */
import { execFileSync } from "node:child_process";
import { type Browser, chromium, type Page } from "playwright-core";

/** Undefined: there is none. */
export async function launchBrowser(): Promise<Browser | undefined> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      const executablePath = execFileSync("which", [name], { encoding: "utf8" }).trim();
      return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    } catch {
      // The next one.
    }
  }
  return undefined;
}

export interface Tasks {
  /** Of one task of the main thread: milliseconds that it ran, and that passed. */
  readonly longestMs: number;
  readonly longestWallMs: number;
  readonly seconds: number;
  /** Of a processor, that the main thread took. */
  readonly share: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Traces the page while `during` runs. */
export async function tasksDuring(
  browser: Browser,
  page: Page,
  during: () => Promise<unknown>,
): Promise<Tasks> {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await during();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const main = new Set(
    traceEvents
      .filter(({ args, name }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ dur, name, pid, tid }) =>
      name.endsWith("RunTask") && dur !== undefined && main.has(`${pid} ${tid}`),
  );
  if (tasks.length === 0) throw new Error("The trace has no task of the page's thread.");
  const ran = tasks.map(({ dur = 0, tdur = dur }) => tdur / 1_000);
  const begun = Math.min(...tasks.map(({ ts }) => ts));
  const seconds = (Math.max(...tasks.map(({ ts }) => ts)) - begun) / 1e6;
  return {
    longestMs: Math.max(...ran),
    longestWallMs: Math.max(...tasks.map(({ dur = 0 }) => dur / 1_000)),
    seconds,
    share: ran.reduce((sum, ms) => sum + ms, 0) / 1_000 / seconds,
  };
}

/** Of lines of text that come: milliseconds from the time in them until they are painted. */
export async function watchMarks(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(`(() => {
    const seen = new Set(), delays = (window.delays = []);
    new MutationObserver(() => {
      for (const [text, at] of document.body.innerText.matchAll(/mark at (\\d+)/g)) {
        if (seen.has(text)) continue;
        seen.add(text);
        requestAnimationFrame(() => setTimeout(() => delays.push(Date.now() - Number(at))));
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  })()`);
  return () => page.evaluate("window.delays");
}

export const firstPaint = (page: Page): Promise<number> =>
  page.evaluate(
    `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.POSITIVE_INFINITY`,
  );

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
