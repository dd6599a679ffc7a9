/** The command line of `shardmill sql`, read and checked. */
import { nearest } from "../../../../src/values/nearest.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { inputOptions, inputSettings } from "../input/command-options.ts";

const actions = ["run", "check", "explain", "discover", "import", "flink"] as const;
export type SqlAction = (typeof actions)[number];

export type SqlSettings = Extract<ReturnType<typeof sqlSettings>, { readonly action: SqlAction }>;

/** Throws UsageError. */
export function sqlSettings(args: readonly string[]) {
  const { values, positionals } = parse(args);
  if (values.help) return { help: true as const };
  const [given = "", file = "", ...more] = positionals;
  const action = actions.find((action) => action === given);
  if (!action) {
    const near = nearest(given, actions);
    throw new UsageError(
      given === ""
        ? `what? ${actions.join(", ")}.`
        : `there is no sql ${given}.${near ? ` Did you mean ${near}?` : ""}`,
    );
  }
  if (file === "") {
    throw new UsageError(
      action === "discover"
        ? "which file has the records?"
        : action === "import"
          ? "which file has the application?"
          : "which file has the SQL?",
    );
  }
  if (more.length > 0) throw new UsageError(`one file at a time, not ${more[0]} too.`);
  if (action === "run" && values.input === undefined)
    throw new UsageError("run needs --input, a file of records.");
  if ((action === "discover" || action === "import") && values.input !== undefined)
    throw new UsageError(`${action} takes its file without --input.`);
  if (action !== "import" && (values.application ?? values.out) !== undefined)
    throw new UsageError(`--application and --out belong to import, not to ${action}.`);
  if (action !== "import" && values.force) throw new UsageError(`--force belongs to import.`);
  return {
    help: false as const,
    action,
    file,
    ...inputSettings(values),
    input: action === "discover" ? file : values.input,
    schema: values.schema,
    source: values.source,
    references: values.reference.map(referenceIn),
    partitionKey: values["partition-key"],
    time: values.time,
    start: timeIn("--start", values.start),
    startedAt:
      values["started-at"] === undefined ? undefined : timeIn("--started-at", values["started-at"]),
    streams: values.stream,
    application: values.application,
    out: values.out,
    force: values.force,
    leaveOpen: values["leave-open"],
    json: values.json,
  };
}

function referenceIn(given: string): { readonly name: string; readonly file: string } {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(given) ?? [];
  if (!name || !file) throw new UsageError(`--reference takes NAME=FILE, not "${given}".`);
  return { name, file };
}

function timeIn(option: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new UsageError(`${option} takes a time such as 2026-11-29T10:00:00Z, not "${text}".`);
  return ms;
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      ...inputOptions,
      input: { type: "string" },
      schema: { type: "string" },
      source: { type: "string", default: "SOURCE_SQL_STREAM_001" },
      reference: { type: "string", multiple: true, default: [] },
      "partition-key": { type: "string" },
      time: { type: "string" },
      start: { type: "string", default: "2026-01-01T00:00:00Z" },
      "started-at": { type: "string" },
      stream: { type: "string", multiple: true, default: [] },
      application: { type: "string" },
      out: { type: "string" },
      force: { type: "boolean", default: false },
      "leave-open": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}
