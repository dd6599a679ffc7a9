import type { Deadline, InvocationContext } from "../handler/deadline.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { Environment } from "./environment.ts";
import type { BatchResponse } from "./options.ts";

/** What an invocation has to work with. */
export interface Invocation {
  readonly environment: Environment;
  readonly event: unknown;
  readonly context: InvocationContext | undefined;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
}

/** What an invocation came to. */
export interface Settled<Response extends BatchResponse = BatchResponse> {
  readonly response: Response;
  /** An effect is still running; why the environment must end. */
  readonly hangs?: string | undefined;
}
