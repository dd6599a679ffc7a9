import type { Deadline, InvocationContext } from "../handler/deadline.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { Environment } from "./environment.ts";

/** What an invocation has to work with. */
export interface Invocation {
  readonly environment: Environment;
  readonly event: unknown;
  readonly context: InvocationContext | undefined;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
  /** An effect is still running: the environment ends when what was done is settled. */
  readonly onHung: () => void;
}
