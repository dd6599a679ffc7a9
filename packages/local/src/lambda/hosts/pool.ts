/**
 * The execution environments of one function. Each serves one event at a time and stays warm for
 * the next; another starts when all are busy, up to the concurrency limit. Nothing ties a shard
 * to an environment: among idle ones chance decides, as in Lambda nobody may rely on which.
 */
import { randomHex, systemRandom } from "../../../../../src/time/random.ts";
import { TooManyRequestsException } from "./errors.ts";
import type {
  EnvironmentState,
  FunctionIdentity,
  FunctionSettings,
  LambdaFunction,
  StopReason,
} from "./function.ts";

/** What a host provides: one place in which the handler runs. */
export interface Environment {
  /** Runs one event and settles when the environment is idle again, or gone. Called while idle. */
  invoke(event: unknown, requestId: string): Promise<unknown>;
  /** Ends it now, whatever it does. */
  stop(reason: StopReason): void;
  /** Settles when it is gone. Never rejects. */
  readonly stopped: Promise<StopReason>;
}

interface Member {
  readonly environmentId: string;
  readonly environment: Environment;
  requestId?: string | undefined;
  /** It has been told to stop, and gets no more events. */
  stopping?: boolean;
}

export function pooledFunction(
  identity: FunctionIdentity,
  {
    reservedConcurrentExecutions: limit = 1000,
    random = systemRandom,
    onEnvironment = () => {},
  }: FunctionSettings,
  startEnvironment: (environmentId: string) => Environment,
): LambdaFunction {
  const { functionName } = identity;
  if (!(Number.isInteger(limit) && limit >= 0)) {
    throw new RangeError(
      `Function ${functionName}: reservedConcurrentExecutions is ${limit}, expected 0 or more.`,
    );
  }
  const members = new Set<Member>();
  let closed = false;

  function start(): Member {
    const environmentId = randomHex(random, 32);
    const member: Member = { environmentId, environment: startEnvironment(environmentId) };
    members.add(member);
    onEnvironment({ type: "started", environmentId });
    member.environment.stopped.then((reason) => {
      members.delete(member);
      onEnvironment({ type: "stopped", environmentId, reason });
    });
    return member;
  }

  function idleOrNew(): Member {
    const idle = [...members].filter(
      ({ requestId, stopping }) => requestId === undefined && !stopping,
    );
    return idle[Math.floor(random() * idle.length)] ?? start();
  }

  async function stop(chosen: readonly Member[], reason: StopReason) {
    for (const member of chosen) {
      member.stopping = true;
      member.environment.stop(reason);
    }
    await Promise.all(chosen.map(({ environment }) => environment.stopped));
  }

  return {
    functionArn: identity.invokedFunctionArn,
    async invoke(event, { awsRequestId }) {
      if (closed) throw new Error(`Function ${functionName} is closed and takes no events.`);
      const busy = [...members].filter(({ requestId }) => requestId !== undefined).length;
      if (busy >= limit) throw new TooManyRequestsException(functionName, limit);
      const member = idleOrNew();
      member.requestId = awsRequestId;
      try {
        return await member.environment.invoke(event, awsRequestId);
      } finally {
        member.requestId = undefined;
      }
    },
    environments: () =>
      Array.from(
        members,
        ({ environmentId, requestId }): EnvironmentState =>
          requestId === undefined ? { environmentId } : { environmentId, requestId },
      ),
    async kill(environmentId) {
      const chosen = [...members].filter(
        (member) => environmentId === undefined || member.environmentId === environmentId,
      );
      await stop(chosen, "killed");
    },
    async close() {
      closed = true;
      await stop([...members], "closed");
    },
  };
}
