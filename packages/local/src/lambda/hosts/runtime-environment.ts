/** One execution environment around a runtime that can be killed: a process or a thread. */
import { systemClock } from "../../../../../src/time/clock.ts";
import { type Random, randomHex } from "../../../../../src/time/random.ts";
import {
  type Exit,
  exited,
  FunctionError,
  maximumResponseSize,
  responseTooLarge,
  timedOut,
} from "./errors.ts";
import type { FileFunctionSettings, FunctionIdentity, LogLine, StopReason } from "./function.ts";
import { type LogLines, logLines, type MakeLogLines } from "./log-lines.ts";
import type { Environment } from "./pool.ts";
import type { ErrorReport } from "./runtime/payload.ts";
import type { Invocation } from "./runtime/run.ts";

/** A runtime, seen from its host. */
export interface Runtime {
  kill(): void;
  /** Keeps the host's process alive, or no longer: an idle environment is no reason to run on. */
  keepAlive(needed: boolean): void;
}

/** The host, seen from a runtime. The answers are true, or false for an id that is not served. */
export interface RuntimeHost {
  readonly stdout: LogLines;
  readonly stderr: LogLines;
  /** The runtime is ready for the next event. */
  next(deliver: (invocation: Invocation) => void): void;
  respond(requestId: string, body: string): boolean;
  fail(requestId: string, report: ErrorReport): boolean;
  failInit(report: ErrorReport): void;
  /** What became of the records of a batch, as JSON. */
  settled(requestId: string, text: string): void;
  /** What was asked of services elsewhere, as JSON. */
  calls(requestId: string, text: string): void;
  /** The runtime is gone, and its output is complete. */
  exit(exit: Exit): void;
}

/** The event that an environment serves. */
interface Delivery {
  readonly requestId: string;
  readonly event: string;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: unknown) => void;
  begun: boolean;
  cancelTimeout: () => void;
  /** Resolves when all lines of this invocation are out. */
  logged?: () => Promise<unknown>;
  outcome?: { readonly body: string } | { readonly report: ErrorReport };
}

/** What an environment takes of its host's settings. */
type EnvironmentSettings = Pick<
  FileFunctionSettings,
  "failing" | "initTimeout" | "untimed" | "onCalls" | "onInvocation" | "onLog" | "onSettled"
>;

/** A day: a timer for what remains must not be longer than 2^31 ms. */
const untimedMs = 86_400_000;

export function runtimeEnvironment(
  identity: FunctionIdentity,
  environmentId: string,
  {
    initTimeout = 10,
    untimed = false,
    onLog = () => {},
    onSettled,
    onInvocation,
    onCalls,
    failing = () => 0,
  }: EnvironmentSettings,
  random: Random,
  start: (host: RuntimeHost) => Runtime,
  makeLines: MakeLogLines = logLines,
): Environment {
  const { invokedFunctionArn } = identity;
  const timeoutMs = untimed ? untimedMs : identity.timeoutMs;
  const endAfter = (milliseconds: number) =>
    untimed ? () => {} : systemClock.after(milliseconds, () => stop("timeout"));
  let delivery: Delivery | undefined;
  let deliver: ((invocation: Invocation) => void) | undefined;
  let stopReason: StopReason = "exit";
  let gone = false;
  const { promise: stopped, resolve: haveStopped } = Promise.withResolvers<StopReason>();

  function stop(reason: StopReason) {
    if (gone || stopReason !== "exit") return;
    stopReason = reason;
    runtime.keepAlive(true);
    runtime.kill();
  }

  function begin() {
    if (!delivery || !deliver) return;
    const { requestId } = delivery;
    delivery.cancelTimeout();
    delivery.cancelTimeout = endAfter(timeoutMs);
    delivery.begun = true;
    const ends = [host.stdout, host.stderr].map((lines) => lines.invocation(requestId));
    delivery.logged = () => Promise.all(ends.map((end) => end()));
    const now = systemClock.now();
    const trace = traceId(now, random);
    onInvocation?.(requestId, trace);
    deliver({
      requestId,
      deadlineMs: now + timeoutMs,
      invokedFunctionArn,
      traceId: trace,
      event: delivery.event,
      failing: failing(requestId),
    });
    deliver = undefined;
  }

  function settle({ requestId, resolve, reject, cancelTimeout, outcome }: Delivery, exit?: Exit) {
    cancelTimeout();
    delivery = undefined;
    const fail = (report: ErrorReport) =>
      reject(new FunctionError({ functionName: identity.functionName, requestId }, report));
    if (stopReason === "timeout") return fail(timedOut(requestId, timeoutMs));
    if (!outcome) return fail(exited(requestId, exit ?? { code: 0, signal: null }));
    if ("report" in outcome) return fail(outcome.report);
    if (Buffer.byteLength(outcome.body) > maximumResponseSize) return fail(responseTooLarge);
    resolve(parsed(outcome.body));
  }

  function answered(requestId: string, outcome: NonNullable<Delivery["outcome"]>): boolean {
    if (!delivery?.begun || delivery.requestId !== requestId || delivery.outcome) return false;
    delivery.outcome = outcome;
    return true;
  }

  const lines = (stream: LogLine["stream"]) =>
    makeLines((line, requestId) =>
      onLog({ stream, line, ...(requestId !== undefined && { requestId }), environmentId }),
    );

  const host: RuntimeHost = {
    stdout: lines("stdout"),
    stderr: lines("stderr"),
    async next(ready) {
      // The invocation is over only now: what happens between answer and this still belongs to it.
      const finished = delivery?.begun ? delivery : undefined;
      await finished?.logged?.();
      if (gone || stopReason !== "exit") return;
      deliver = ready;
      if (finished) {
        runtime.keepAlive(false);
        settle(finished);
      } else begin();
    },
    respond: (requestId, body) => answered(requestId, { body }),
    fail: (requestId, report) => answered(requestId, { report }),
    failInit(report) {
      if (delivery && !delivery.begun) delivery.outcome = { report };
    },
    settled(requestId, text) {
      if (!onSettled || delivery?.requestId !== requestId) return;
      onSettled(requestId, JSON.parse(text));
    },
    calls(requestId, text) {
      if (delivery?.requestId === requestId) onCalls?.(requestId, JSON.parse(text));
    },
    exit(exit) {
      if (gone) return;
      gone = true;
      host.stdout.end();
      host.stderr.end();
      haveStopped(stopReason);
      if (delivery) settle(delivery, exit);
    },
  };

  const runtime = start(host);

  return {
    stopped,
    stop,
    invoke(event, requestId) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      delivery = {
        requestId,
        event: JSON.stringify(event ?? null),
        resolve,
        reject,
        begun: false,
        cancelTimeout: endAfter(Math.max(initTimeout * 1000, timeoutMs)),
      };
      runtime.keepAlive(true);
      begin();
      return promise;
    },
  };
}

/** A body that is no JSON is a response all the same: its text. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** An X-Ray trace header that asks for no trace. */
function traceId(now: number, random: Random): string {
  const seconds = Math.floor(now / 1000).toString(16);
  return `Root=1-${seconds}-${randomHex(random, 24)};Parent=${randomHex(random, 16)};Sampled=0`;
}
