/** Where the progress of the template's functions is kept, while they run here. */
import { clientConfig } from "../aws/client.ts";
import { documentClient } from "../aws/table.ts";
import { witnessIn } from "../events/witness.ts";
import type { ProjectMachine } from "./machine.ts";

export type ProgressTables = NonNullable<ReturnType<typeof progressTables>>;

/** The tables where progress may be, and a client for them. Undefined: there is none. */
export function progressTables({
  machine: { endpoints },
  template,
}: Pick<ProjectMachine, "machine" | "template">) {
  const tables = template.tables
    .filter(({ keySchema }) => keySchema.map((key) => key.AttributeName).join() === "pk,sk")
    .map(({ name }) => name);
  if (endpoints.dynamodb === undefined || tables.length === 0) return undefined;
  const { region } = template;
  const client = documentClient(
    clientConfig("dynamodb", { endpoint: endpoints.dynamodb, region }, {}),
  );
  return { client, tables, witness: witnessIn(client, tables) };
}
