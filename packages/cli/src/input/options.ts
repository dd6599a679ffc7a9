/** What a reader of inputs is told, and what it finds out. */
import type { FailedBatch } from "./failure-document.ts";
import type { InputFormat } from "./formats.ts";
import type { StartAt } from "./lines.ts";
import type { InputError, InputRecord } from "./record.ts";

export interface Input {
  /** What it is called in errors. */
  readonly file: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What a reader has found out about a file, and needs to go on in its middle. */
export interface Layout {
  readonly format: InputFormat;
  /** Of CSV, and of the W3C's extended log. */
  readonly columns?: readonly string[];
  /** Absent: UTF-8. */
  readonly encoding?: string;
}

export interface ReadInputOptions {
  /** @default what the file's name and its first line tell */
  readonly format?: InputFormat | undefined;
  /** A label of https://encoding.spec.whatwg.org. @default what its byte order mark says, or UTF-8 */
  readonly encoding?: string | undefined;
  /** Of JSON: the list, such as `Records` or `detail.items`, of which each element is a record. */
  readonly each?: string | undefined;
  /**
   * Lines of logs, and those that tell no format, are taken as they stand: nothing is made of them.
   * @default false
   */
  readonly logsAsText?: boolean;
  /** Where the chunks begin. @default the beginning of the file */
  readonly start?: StartAt | undefined;
  /** What an earlier reader of this file has found out; needed where `start` is in the middle. */
  readonly layout?: Layout | undefined;
  readonly onLayout?: (layout: Layout) => void;
  /** For times without a year, in epoch milliseconds. @default now */
  readonly now?: number;
  /** Takes what is wrong with a line, which is left out then. @default it is thrown */
  readonly onBadLine?: ((error: InputError) => void) | undefined;
  /**
   * Reads a failed batch from its stream, of which the document holds the positions alone.
   * @default it is refused
   */
  readonly readFailed?: (batch: FailedBatch) => AsyncIterable<InputRecord>;
}
