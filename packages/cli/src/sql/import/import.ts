/** `shardmill sql import`: an application of Kinesis Analytics becomes a function's files. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { excerptOf, type SourceSchema } from "../../../../../src/sql.ts";
import type { Outputs } from "../../command-line/run-command.ts";
import { handlerText } from "./handler-text.ts";
import { type Planned, plannedOf, slug } from "./planned.ts";
import { readApplication } from "./read.ts";
import { serverlessText } from "./serverless-text.ts";

export interface ImportSettings {
  readonly file: string;
  /** Which of the file's applications. */
  readonly application: string | undefined;
  /** @default the application's name */
  readonly out: string | undefined;
  readonly force: boolean;
}

/** Resolves to the exit status: 1 where the SQL is refused. `now`: ISO 8601. */
export async function importApplication(
  { application: wanted, file, force, out }: ImportSettings,
  { out: output, err }: Outputs,
  { cwd, now }: { readonly cwd: string; readonly now: string },
): Promise<number> {
  refuseSource(file);
  const { application, notes } = await readApplication(file, wanted, cwd);
  const planned = plannedOf(application, now);
  const folder = out ?? slug(application.name);
  const files = filesOf(planned, folder);
  const there = Object.keys(files).filter((name) => existsSync(resolve(cwd, folder, name)));
  if (there.length > 0 && !force) {
    throw new Error(
      `${there.map((name) => join(folder, name)).join(", ")}: there already, so nothing was written. Name another folder with --out, or give --force.`,
    );
  }
  await mkdir(resolve(cwd, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(resolve(cwd, folder, name), text);
    output.write(`wrote  ${join(folder, name)}\n`);
  }
  const all = [...notes, ...planned.notes];
  if (all.length > 0) {
    err.write("\nNot taken over as it is:\n");
    for (const note of all) err.write(`- ${note}\n`);
  }
  const { refused } = planned;
  if (!refused) return 0;
  const path = join(folder, "app.sql");
  err.write(`\n${refused.in(path).message}\n\n${excerptOf(application.code, refused)}\n`);
  return 1;
}

/** Terraform's own language needs Terraform to be worked out. */
function refuseSource(file: string): void {
  if (!/\.(tf|tofu|tfvars|tfstate)$/.test(file)) return;
  throw new Error(
    `${file} is Terraform's own: give what it says as JSON, terraform plan -out=tfplan && terraform show -json tfplan > tfplan.json (OpenTofu: tofu).`,
  );
}

function filesOf(planned: Planned, folder: string): Readonly<Record<string, string>> {
  const { application, references, source } = planned;
  const schemas = [
    ["app.schema.json", source.schema] as const,
    ...references.map(({ schema, table }) => [`${slug(table)}.schema.json`, schema] as const),
  ];
  return {
    "app.sql": application.code.endsWith("\n") ? application.code : `${application.code}\n`,
    ...Object.fromEntries(
      schemas.map(([name, schema]) => [name, `${JSON.stringify(asAws(schema), undefined, 2)}\n`]),
    ),
    "handler.ts": handlerText(planned),
    "serverless.part.yml": serverlessText(planned, folder.replaceAll("\\", "/")),
  };
}

/** As `InputSchema` of describe-application. */
export function asAws(schema: SourceSchema) {
  const isCsv = schema.recordFormatType === "CSV";
  return {
    RecordFormat: {
      RecordFormatType: schema.recordFormatType ?? "JSON",
      MappingParameters: isCsv
        ? {
            CSVMappingParameters: {
              RecordRowDelimiter: schema.recordRowDelimiter ?? "\n",
              RecordColumnDelimiter: schema.recordColumnDelimiter ?? ",",
            },
          }
        : { JSONMappingParameters: { RecordRowPath: schema.recordRowPath ?? "$" } },
    },
    RecordEncoding: "UTF-8",
    RecordColumns: schema.recordColumns.map(({ mapping, name, sqlType }) => ({
      ...{ Name: name, SqlType: sqlType },
      ...(mapping === undefined ? {} : { Mapping: mapping }),
    })),
  };
}
