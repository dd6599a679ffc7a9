/** The code of a function as it runs here. */

/** What a function host runs. */
export interface HandlerCode {
  /** Absolute. */
  readonly file: string;
  /** The export; `a.b` is the property `b` of the export `a`. Of a program it is `_HANDLER`. */
  readonly handler: string;
  /** What is `/var/task` in Lambda. Absolute. */
  readonly taskRoot: string;
  /** What speaks the Runtime API for it. Absent: it is a module of Node.js. */
  readonly program?: {
    readonly command: string;
    readonly args: readonly string[];
    readonly variables: Readonly<Record<string, string>>;
  };
}

export interface BuiltCode extends HandlerCode {
  /** The sources that went into it. Absolute. */
  readonly inputs: readonly string[];
}
