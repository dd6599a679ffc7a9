/** How a command ends that runs a template: with what went wrong in words, and with a status. */
import { PortError } from "@shardmill/local/rig";
import { type Outputs, runCommand } from "../command-line/run-command.ts";

/** As `runCommand`; a port that is taken, and Ctrl-C, are said in this command line's own words. */
export function statusOf(
  name: string,
  surroundings: Partial<Outputs>,
  run: (outputs: Outputs) => Promise<number>,
): Promise<number> {
  return runCommand(name, surroundings, (outputs) =>
    run(outputs).catch((error) => {
      throw inOwnWords(error);
    }),
  );
}

function inOwnWords(error: unknown): unknown {
  if (error instanceof PortError && error.code === "EADDRINUSE") {
    return new Error(
      `${error.message} Stop what listens there, or choose another: --port ${error.service}=NUMBER.`,
      { cause: error },
    );
  }
  const isInterrupted = error instanceof Error && error.name === "AbortError";
  return isInterrupted ? new Error("interrupted.", { cause: error }) : error;
}
