/** AWS::Glue::Table. */
import type { StackResource } from "../scope.ts";
import type { TemplateGlueTable } from "../types.ts";
import { type Reading, readResource } from "./reading.ts";

export function readGlueTable(
  reading: Reading,
  resource: StackResource,
): TemplateGlueTable | undefined {
  const { stack, leaveOut } = reading;
  if (resource.source.Properties?.DatabaseName === undefined) {
    return stack.fail("a table of Glue has a DatabaseName.", resource.path);
  }
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { DatabaseName: databaseName, TableInput: tableInput = {} } = common.properties;
  if (databaseName === undefined) {
    leaveOut(resource, "The name of its database is known in the cloud only.");
    return undefined;
  }
  return { ...common, databaseName, tableInput };
}
