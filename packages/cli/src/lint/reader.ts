/** What a check looks at, and what it finds. */
import type {
  ConsumerOptions,
  DeclaredFunction,
  DeclaredMapping,
  HandlerReport,
  Place,
  Template,
  TemplateStream,
  Unsupported,
} from "@shardmill/local/rig";

export interface Finding {
  /** The name of the check. */
  readonly check: string;
  readonly logicalId: string;
  readonly place: Place;
  /** What is the case. */
  readonly what: string;
  /** How records are lost or repeated by it. */
  readonly why: string;
  /** The line to write. */
  readonly change: string;
}

/** A mapping, and what is known of both of its ends. */
export interface Reader {
  readonly template: Template;
  readonly mapping: DeclaredMapping;
  /** Undefined: it is not of this template. */
  readonly fn: DeclaredFunction | undefined;
  /** Undefined: it is not of this template. */
  readonly stream: TemplateStream | undefined;
  /** Undefined: its code was not looked at. */
  readonly handler: HandlerReport | undefined;
  /** The options, where `kinesisConsumer` made the handler. */
  readonly consumer: ConsumerOptions | undefined;
  /** All readers of the template, this one among them. */
  readonly readers: readonly Reader[];
}

export type Check = (reader: Reader) => readonly Omit<Finding, "check">[];

export interface LintResult {
  readonly findings: readonly Finding[];
  /** What may lose records on a bad day. */
  readonly advice: readonly Finding[];
  /** What the checks did not look at, and why. */
  readonly notChecked: readonly Unsupported[];
  /** How many mappings were. */
  readonly checked: number;
  /** Of so many of them the settings alone: their functions' code was not looked at. */
  readonly withoutCode: number;
}
