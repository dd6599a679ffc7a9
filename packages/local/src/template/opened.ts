/** A project of one of the tools: its compiled template, and what the tool knows beside it. */
import type { Path, TemplateDocument } from "./document.ts";
import type { Surroundings } from "./physical.ts";
import type { StackResource } from "./scope.ts";
import type { Place, TemplateFormat } from "./types.ts";
import type { TemplateValues } from "./values.ts";

export interface Project {
  readonly format: TemplateFormat;
  readonly document: TemplateDocument;
  readonly sources: readonly string[];
  readonly projectRoot: string;
  readonly stackName: string;
  /** The region that the tool has set. */
  readonly region?: string | undefined;
  /** What other stacks of the project export, by its name. */
  exports?(surroundings: Surroundings, values: TemplateValues): Readonly<Record<string, string>>;
  placeOf(logicalId: string, path?: Path): Place;
  /** What else a person calls a function. */
  namesOf(resource: StackResource): readonly string[];
  codeOf(resource: StackResource): CodeLocation | NoCode;
}

/** Where a function's code is. */
export interface CodeLocation {
  /** What is `/var/task` in Lambda. Absolute. */
  readonly folder: string;
  readonly isBuilt: boolean;
  /** Where the tool builds the code from, relative to the folder. */
  readonly entryPoints?: readonly string[];
  /** The template has it in S3, so where its source is nobody has said. */
  readonly isInBucket?: boolean;
}

export interface NoCode {
  readonly why: string;
}
