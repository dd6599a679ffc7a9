/** Faults that somebody asks for on the page: what was asked, checked. */
import type { AskedFault, FaultsByHand } from "@shardmill/local/rig";
import type { ProjectMachine } from "../project/machine.ts";
import { PageRefusal } from "./server.ts";

const most = { records: 1_000, seconds: 300 };

/** Has it strike. Throws a PageRefusal for what there is not. */
export function askFault(
  faults: FaultsByHand,
  { services, template }: Pick<ProjectMachine, "services" | "template">,
  input: Readonly<Record<string, unknown>>,
): AskedFault {
  const asked = askedFault(input);
  if (asked.fault === "throttleTables") {
    if (template.tables.length === 0 || !services.ownTables) {
      throw new PageRefusal("No tables run here that could be throttled.");
    }
  } else if (!template.functions.some(({ name }) => name === asked.functionName)) {
    throw new PageRefusal(`There is no function ${asked.functionName} here.`);
  }
  faults.ask(asked);
  return asked;
}

function askedFault(input: Readonly<Record<string, unknown>>): AskedFault {
  const functionName = String(input.functionName ?? "");
  switch (input.fault) {
    case "kill":
      return { fault: "kill", functionName };
    case "loseAnswer":
      return { fault: "loseAnswer", functionName };
    case "failRecords":
      return { fault: "failRecords", functionName, records: wholeNumber(input, "records") };
    case "throttleTables":
      return { fault: "throttleTables", seconds: wholeNumber(input, "seconds") };
    default:
      throw new PageRefusal(`There is no fault ${input.fault}.`);
  }
}

function wholeNumber(input: Readonly<Record<string, unknown>>, name: keyof typeof most): number {
  const value = Number(input[name]);
  if (Number.isInteger(value) && value >= 1 && value <= most[name]) return value;
  throw new PageRefusal(`${name}: a whole number from 1 to ${most[name]}, not ${input[name]}.`);
}
