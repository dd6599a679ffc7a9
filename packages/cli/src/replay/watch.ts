/** What is seen of a replay besides its summary: a page while it runs, and a file afterwards. */
import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { MachineEvent } from "@shardmill/local/rig";
import type { Output } from "../command-line/run-command.ts";
import type { DevEvent } from "../events/dev-event.ts";
import { eventTeller, readyTold } from "../events/teller.ts";
import { windowsWatch } from "../events/windows.ts";
import { newFeed } from "../page/feed.ts";
import { keptEvents } from "../page/kept-events.ts";
import { openInBrowser } from "../page/open-in-browser.ts";
import { gatherReport, reportHtml, reportLimits } from "../page/report.ts";
import type { PageServer } from "../page/server.ts";
import { startPage } from "../page/start.ts";
import type { ProjectMachine } from "../project/machine.ts";
import { type ProgressTables, progressTables } from "../project/progress-tables.ts";
import type { ReplaySettings } from "./settings.ts";

export interface Watched {
  readonly onEvent: (event: MachineEvent) => void;
  /** The project is up, and nothing is put yet. */
  begin(project: ProjectMachine): Promise<void>;
  /** It is over, with this summary; everything is still up. */
  end(summary: string): Promise<void>;
  /** Resolves when nobody may want to look any more. */
  looked(): Promise<void>;
  close(): Promise<void>;
}

interface Surroundings {
  readonly title: string;
  readonly err: Output;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Undefined: neither is asked for. Rejects where the file cannot be written. */
export async function watchReplay(
  settings: Pick<ReplaySettings, "open" | "page" | "report">,
  { title, err, cwd, signal }: Surroundings,
): Promise<Watched | undefined> {
  if (!settings.page && settings.report === undefined) return undefined;
  const file = settings.report === undefined ? undefined : resolve(cwd, settings.report);
  if (file !== undefined) await writable(file);
  const began = performance.now();
  const feed = newFeed();
  const kept = file === undefined ? undefined : keptEvents(reportLimits.events);
  const say = (line: string) => err.write(`${line}\n`);
  let progress: ProgressTables | undefined;
  let project: ProjectMachine | undefined;
  let page: PageServer | undefined;
  const tell = (event: DevEvent) => {
    feed.add(event);
    kept?.add(event);
  };
  const windows = windowsWatch({
    ...{ progress: () => progress, tell },
    reader: (functionName) => project?.machine.reader(functionName),
  });
  const { event: onEvent, settled } = eventTeller(tell, () => progress?.witness, windows);

  async function writeReport(to: string, from: ProjectMachine): Promise<void> {
    const streams = from.template.streams.map(({ name }) => name);
    const source = { title, project: from, progress, feed, kept: kept!, streams };
    const report = await gatherReport(source);
    const html = await reportHtml(report);
    await writeFile(to, html);
    say(`Report ${settings.report}, ${(html.length / 1024 ** 2).toFixed(1)} MB`);
    for (const sentence of report.leftOut) say(`Not in the report: ${sentence}.`);
  }

  return {
    onEvent,
    async begin(up) {
      project = up;
      progress = progressTables(up);
      if (settings.page)
        page = await startPage({ project, progress, feed, title, can: ["redrive", "flush"] });
      tell(readyTold(project, performance.now() - began, page?.url));
      if (!page) return;
      say(`Page ${page.url}`);
      if (settings.open) openInBrowser(page.url, say);
    },
    async end(text) {
      await settled();
      tell({ type: "ended", at: Date.now(), text });
      if (file !== undefined && project) await writeReport(file, project);
    },
    async looked() {
      if (!page || signal.aborted) return;
      say("The page stays until Ctrl-C.");
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
    },
    async close() {
      windows.close();
      await page?.close();
      progress?.client.destroy();
    },
  };
}

/** Said before the run, and not after it. */
async function writable(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  const wrong = (why: string, cause?: unknown) =>
    new Error(`--report: ${file} cannot be written: ${why}.`, { cause });
  if (there?.isDirectory()) throw wrong("it is a folder");
  await access(there ? file : dirname(file), constants.W_OK).catch((error) => {
    throw wrong((error as Error).message, error);
  });
}
