/** What is wrong with a template, and where. */
import { relative } from "node:path";
import type { Place } from "./types.ts";

/** A template that CloudFormation would refuse, or that is not there. The message says where and what to do. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly place: Place | undefined;

  constructor(message: string, { place, cause }: { place?: Place; cause?: unknown } = {}) {
    super(place ? `${placeText(place)}: ${message}` : message, { cause });
    this.place = place;
  }
}

/** `serverless.yml:12`, relative to the folder that a person is in. */
export function placeText({ file, line }: Place, cwd: string = process.cwd()): string {
  const near = relative(cwd, file);
  const shown = near === "" || near.startsWith("..") ? file : near;
  return line === undefined ? shown : `${shown}:${line}`;
}

/** As it stands in a sentence: `src/billing`, or this folder. */
export const shownFolder = (folder: string): string =>
  relative(process.cwd(), folder) || "this folder";
