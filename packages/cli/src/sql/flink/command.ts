/** `shardmill sql flink`: prints the application as Flink SQL, or says what has no equal. */
import type { SourceSchema } from "../../../../../src/sql.ts";
import type { Outputs } from "../../command-line/run-command.ts";
import { flinkApplication, type Remark } from "./application.ts";
import { scriptOf } from "./script.ts";
import { NoTable } from "./tables.ts";

/** Resolves to the exit status: 1 where something has no equal; nothing is written then. */
export function printFlink(
  sql: string,
  {
    file,
    references,
    sources,
    streams,
  }: {
    readonly file: string;
    readonly sources: Readonly<Record<string, SourceSchema>>;
    readonly references: Readonly<Record<string, SourceSchema>>;
    /** What goes out. @default what no pump reads */
    readonly streams: readonly string[];
  },
  { err, out }: Outputs,
): number {
  const application = flinkApplication(sql, sources, references);
  const { ends, missing, notes, plan } = application;
  const known = plan.streams.map(({ name }) => name);
  const unknown = streams.find((name) => !known.includes(name));
  if (unknown) throw new Error(`there is no stream ${unknown}: there are ${known.join(", ")}.`);
  const line = ({ at, pump, why }: Remark) => `${file}:${at.line}:${at.column}: ${pump}: ${why}\n`;
  if (missing.length > 0) {
    err.write(
      `${missing.length} of ${plan.pumps.length} pumps have no equal in Flink's SQL, so nothing is written:\n`,
    );
    for (const remark of missing) err.write(line(remark));
    return 1;
  }
  try {
    out.write(
      scriptOf(application, sources, references, streams.length > 0 ? streams : ends, file),
    );
  } catch (error) {
    if (!(error instanceof NoTable)) throw error;
    throw new Error(`${error.message} Nothing is written.`, { cause: error });
  }
  if (notes.length > 0) err.write("What means a little else there:\n");
  for (const remark of notes) err.write(line(remark));
  return 0;
}
