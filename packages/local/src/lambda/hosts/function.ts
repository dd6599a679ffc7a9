/** A Lambda function on a developer's machine: its settings, and what every host of it can do. */
import type { Random } from "../../../../../src/time/random.ts";
import type { CallElsewhere } from "./runtime/elsewhere.ts";
import type { SettledRecords } from "./runtime/settled.ts";

/** A function that a host runs. The hosts differ in where the handler's code lives. */
export interface LambdaFunction {
  /** As in `context.invokedFunctionArn`: with the qualifier, where one is set. */
  readonly functionArn: string;
  /**
   * Invokes the function once, with an event that JSON can carry, and resolves to the parsed
   * response (`undefined` comes back as `null`). Rejects with a `FunctionError` when the
   * invocation failed, and with a `TooManyRequestsException` when it did not begin.
   */
  invoke(event: unknown, context: { readonly awsRequestId: string }): Promise<unknown>;
  /** The execution environments that live now, the oldest first. */
  environments(): readonly EnvironmentState[];
  /**
   * Kills one execution environment, or all, idle and busy ones alike: a fault of the machine
   * underneath. An invocation in it fails with `Runtime.ExitError`; the next one starts another.
   * Resolves when they are gone. An id that is no longer there is not an error.
   */
  kill(environmentId?: string): Promise<void>;
  /** Ends the function and everything that it runs. Later invocations are refused. */
  close(): Promise<void>;
}

/** What an execution environment does at a moment. */
export interface EnvironmentState {
  readonly environmentId: string;
  /** The event that it serves now. Absent: it is idle. */
  readonly requestId?: string;
}

/** What happens to execution environments, for a display or a fault simulation. */
export type EnvironmentEvent =
  | { readonly type: "started"; readonly environmentId: string }
  | { readonly type: "stopped"; readonly environmentId: string; readonly reason: StopReason };

/** `timeout`: killed by the function's timeout; `exit`: it ended by itself, crashed or not. */
export type StopReason = "timeout" | "exit" | "killed" | "closed";

/** The settings of a function that every host understands. */
export interface FunctionSettings {
  readonly functionName: string;
  /**
   * Seconds an invocation may take, up to 900. Lambda takes whole seconds only; fractions are
   * accepted here so that a test need not wait.
   * @default 3
   */
  readonly timeout?: number;
  /** MB, 128 to 10240. @default 128 */
  readonly memorySize?: number;
  /** The published version that runs. @default "$LATEST" */
  readonly version?: string;
  /** The alias or version that is invoked: the end of the function's ARN. @default none */
  readonly qualifier?: string;
  /** @default "us-east-1" */
  readonly region?: string;
  /** @default "123456789012" */
  readonly accountId?: string;
  /**
   * Invocations at one time; 0 throttles every one of them, as in Lambda.
   * @default 1000, the limit of a new account
   */
  readonly reservedConcurrentExecutions?: number;
  /** Chooses among idle environments, and names them. @default systemRandom */
  readonly random?: Random;
  /** Hears of every environment that starts or stops. */
  readonly onEnvironment?: (event: EnvironmentEvent) => void;
}

/** The settings of the hosts that load the handler from a file. */
export interface FileFunctionSettings extends FunctionSettings {
  /** The module with the handler: JavaScript, ESM or CommonJS, or TypeScript that Node can strip. */
  readonly file: string;
  /** The name of the exported handler; `a.b` is the property `b` of the export `a`. @default "handler" */
  readonly handler?: string;
  /** The function's own environment variables. Those that Lambda reserves are refused. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is `/var/task` in Lambda: the folder of the deployed code. @default the file's folder */
  readonly taskRoot?: string;
  /**
   * Seconds for loading the module. Lambda stops a longer load and begins it anew under the
   * function's timeout; here it may go on until the longer of the two has passed.
   * @default 10
   */
  readonly initTimeout?: number;
  /**
   * Whether nothing ends an invocation for its time: for whoever stands at a breakpoint. The context says
   * that a day remains. @default false
   */
  readonly untimed?: boolean;
  /** Gets every complete line that the function writes, before its invocation resolves. */
  readonly onLog?: (line: LogLine) => void;
  /** Told what became of each record of a batch, before its invocation resolves: by `kinesisConsumer`, in child processes. */
  readonly onSettled?: (requestId: string, records: SettledRecords) => void;
  /** Told when an invocation begins, with the trace that its clients send along. */
  readonly onInvocation?: (requestId: string, traceId: string) => void;
  /** Told what was asked of services elsewhere, while the invocation runs and at its end: in child processes. */
  readonly onCalls?: (requestId: string, calls: readonly CallElsewhere[]) => void;
  /** How many records are to fail in an invocation, when they are about to be processed. */
  readonly failing?: (requestId: string) => number;
}

/** A line that a function wrote. */
export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Without its line end. */
  readonly line: string;
  /** Absent: written while the module was loaded, or between two invocations. */
  readonly requestId?: string;
  readonly environmentId: string;
}

/** What a handler and its context are told of the function. */
export interface FunctionIdentity {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly region: string;
  readonly memorySize: number;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly logGroupName: string;
}

/** The identity that the settings describe. Throws a `RangeError` for what Lambda would refuse. */
export function functionIdentity({
  functionName,
  timeout = 3,
  memorySize = 128,
  version = "$LATEST",
  qualifier,
  region = "us-east-1",
  accountId = "123456789012",
}: FunctionSettings): FunctionIdentity {
  if (!/^[\w-]{1,64}$/.test(functionName)) {
    throw new RangeError(
      `Function name "${functionName}": expected 1 to 64 letters, digits, hyphens or underscores.`,
    );
  }
  if (!(timeout > 0 && timeout <= 900)) {
    throw new RangeError(`Function ${functionName}: timeout is ${timeout} s, expected up to 900.`);
  }
  if (!(Number.isInteger(memorySize) && memorySize >= 128 && memorySize <= 10_240)) {
    throw new RangeError(
      `Function ${functionName}: memorySize is ${memorySize} MB, expected 128 to 10240.`,
    );
  }
  const arn = `arn:${partition(region)}:lambda:${region}:${accountId}:function:${functionName}`;
  return {
    functionName,
    functionVersion: version,
    invokedFunctionArn: qualifier ? `${arn}:${qualifier}` : arn,
    region,
    memorySize,
    timeoutMs: timeout * 1000,
    logGroupName: `/aws/lambda/${functionName}`,
  };
}

/** The log stream of an environment: the day it started, the version, its own id. */
export function logStreamName(
  startedAt: number,
  functionVersion: string,
  environmentId: string,
): string {
  const day = new Date(startedAt).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${functionVersion}]${environmentId}`;
}

function partition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
