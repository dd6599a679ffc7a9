/** What of an application becomes what here, and what cannot be taken over. */
import { SqlError, sqlApplication } from "../../../../../src/sql.ts";
import type {
  AnalyticsApplication,
  AnalyticsInput,
  AnalyticsOutput,
  AnalyticsReference,
  Target,
} from "./application.ts";

type Placed = AnalyticsOutput & { readonly to: Target };

export interface Planned {
  readonly application: AnalyticsApplication;
  /** Its name as a function's and a consumer's. */
  readonly consumer: string;
  readonly source: { readonly name: string; readonly schema: AnalyticsInput["schema"] };
  readonly stream: Target | undefined;
  readonly isFromNow: boolean;
  readonly outputs: readonly Placed[];
  /** Where rows of error_stream go. */
  readonly errors: Placed | undefined;
  readonly references: readonly AnalyticsReference[];
  /** ISO 8601. Undefined: nothing asks for it. */
  readonly startedAt: string | undefined;
  /** Of the SQL: why it is refused. */
  readonly refused: SqlError | undefined;
  readonly notes: readonly string[];
}

/** `now`: ISO 8601. */
export function plannedOf(application: AnalyticsApplication, now: string): Planned {
  const { inputs, outputs, references } = application;
  const [input, ...others] = inputs as [AnalyticsInput, ...AnalyticsInput[]];
  const notes: string[] = others.map(
    ({ names }) =>
      `The input ${names[0]} is a second one: a function reads one stream. Give it a function of its own.`,
  );
  const [name, ...more] = input.names as [string, ...string[]];
  const used = more.filter((other) => application.code.includes(other));
  if (used.length > 0) {
    notes.push(
      `The SQL reads ${used.join(", ")} too: parts of one stream, which a function reads whole, as ${name}. Take the pumps of the others out.`,
    );
  }
  if (input.preprocessor) {
    notes.push(
      `Records went through ${input.preprocessor} before they became rows: give what it does as decode of the source.`,
    );
  }
  if (input.source?.kind === "deliveryStream") {
    notes.push(
      `The source is the delivery stream ${input.source.arn ?? ""}, which Lambda does not read: name the Kinesis stream before it, or put records into one.`,
    );
  } else if (!input.source?.arn) notes.push("Which stream it reads is not known here.");
  const placed = outputs.flatMap((output): Placed[] => {
    if (output.to) return [{ ...output, to: output.to }];
    notes.push(`The output ${output.name} has no destination that is known here, and is left out.`);
    return [];
  });
  for (const { name, to } of placed) {
    if (!to.arn) notes.push(`Where the output ${name} goes is not known here.`);
  }
  for (const { object, table } of references) {
    if (!object) notes.push(`Where the reference table ${table} stands in S3 is not known here.`);
  }
  const isErrors = ({ name }: AnalyticsOutput) => name.toLowerCase() === "error_stream";
  const { pumps, refused, startedAt } = checked(application, name, input, now);
  if (startedAt) {
    notes.push(
      `The SQL asks when the application was started (CURRENT_TIMESTAMP and its kin): startedAt says ${now}; the state is another's if it changes.`,
    );
  }
  const shared = pumps.filter((pump) => pump.class !== "local").map(({ pump }) => pump);
  if (shared.length > 0) {
    notes.push(
      `${shared.join(", ")}: complete on a stream with one shard. On several, name the column that the producer partitions by in partitionKey; shardmill sql explain says what that makes local.`,
    );
  }
  const outputNames = placed.filter((output) => !isErrors(output)).map((output) => output.name);
  if (outputNames.length === 0) notes.push("It has no output, and a function needs one.");
  return {
    application,
    consumer: slug(application.name),
    source: { name, schema: input.schema },
    stream: input.source?.kind === "stream" ? input.source : undefined,
    isFromNow: input.isFromNow,
    outputs: placed.filter((output) => !isErrors(output)),
    errors: placed.find(isErrors),
    ...{ references, startedAt, refused, notes },
  };
}

/** Lower case, with hyphens. */
export const slug = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1-$2")
    .replace(/[^A-Za-z\d]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase() || "application";

function checked(
  { code, references }: AnalyticsApplication,
  source: string,
  { schema }: AnalyticsInput,
  now: string,
) {
  const check = (startedAt?: number) =>
    sqlApplication({
      sql: code,
      source: { [source]: schema },
      reference: Object.fromEntries(references.map(({ schema, table }) => [table, schema])),
      startedAt,
    }).pumps;
  const refusal = (run: () => ReturnType<typeof check>) => {
    try {
      return { pumps: run(), refused: undefined };
    } catch (error) {
      if (error instanceof SqlError) return { pumps: [], refused: error };
      throw error;
    }
  };
  const plain = refusal(() => check());
  if (!plain.refused?.wayOut?.includes("startedAt")) return { ...plain, startedAt: undefined };
  return { ...refusal(() => check(Date.parse(now))), startedAt: now };
}
