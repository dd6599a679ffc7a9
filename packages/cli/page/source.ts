/** Where the page has it from: a running command, or the file that it stands in. */
import type { PageEvent } from "../src/page/feed.ts";
import type { Report } from "../src/page/report.ts";
import { liveSource } from "./live.ts";
import { reportSource } from "./report-source.ts";

export type Connection = "live" | "connecting" | "lost" | "hidden" | "refused" | "report";

export interface Source {
  listen(
    hear: (events: readonly PageEvent[]) => void,
    changed: (connection: Connection) => void,
  ): void;
  ask<T>(name: string, query: Readonly<Record<string, string>>): Promise<T>;
  act<T>(name: string, input: object): Promise<T>;
}

const text = document.getElementById("report")?.textContent;

export const report: Report | undefined = text ? JSON.parse(text) : undefined;

const source: Source = report ? reportSource(report) : liveSource();

export const { act, listen } = source;

export const ask = <T>(name: string, query: Readonly<Record<string, string>> = {}): Promise<T> =>
  source.ask<T>(name, query);

const able = new Set(document.getElementById("page")?.dataset.can?.split(" "));

/** Whether who runs here takes an action. */
export const can = (name: string): boolean => able.has(name);
