/**
 * Reads with a handler's own code, for whoever looks on: in a process of its own, which begins with the first question and ends when none
 * has come for a while. What the handler's module does when it is loaded, it does once more there.
 */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { FileFunction } from "../lambda/hosts/file-function.ts";
import type {
  ReadingAnswer,
  ReadingQuestion,
  ReadRecord,
  ReadState,
  RecordToRead,
  StateToRead,
} from "./reading.ts";

export interface HandlerReader {
  /** One for each record. Rejects where the code cannot be loaded, is no kinesisConsumer, or does not answer. */
  records(records: readonly RecordToRead[]): Promise<readonly ReadRecord[]>;
  /** Rejects likewise, and where the state is of other windows. */
  state(state: StateToRead): Promise<ReadState>;
  close(): void;
}

/** How long a first answer may take, which loads the module, and each later one: milliseconds. */
const patience = { first: 15_000, later: 3_000 };
const idleMs = 60_000;

/** Beside this module: TypeScript in the source, JavaScript in the package. */
const entry = fileURLToPath(
  new URL(`./reader-child${extname(new URL(import.meta.url).pathname)}`, import.meta.url),
);

interface Asked {
  readonly resolve: (answer: ReadingAnswer) => void;
  readonly reject: (error: Error) => void;
}

type Unnumbered<Q> = Q extends unknown ? Omit<Q, "id"> : never;

export function handlerReader(code: FileFunction, clock: Clock = systemClock): HandlerReader {
  let child: ChildProcess | undefined;
  let endIdle = () => {};
  let ids = 0;
  let hasAnswered = false;
  /** Why it is not asked any more: code that has hung, or cannot be loaded, does so again. */
  let broken: Error | undefined;
  const asked = new Map<number, Asked>();

  function start(): ChildProcess {
    const started = fork(entry, [code.file, code.handler], {
      ...{ cwd: code.taskRoot, env: code.variables("reader"), execArgv: [...code.execArgv] },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    started.on("message", (message) => {
      const answer = message as ReadingAnswer;
      hasAnswered = true;
      asked.get(answer.id)?.resolve(answer);
    });
    const ended = (how: string) => () => {
      if (child === started) stop(new Error(how));
    };
    started.on("error", ended("The process that reads with the handler's code could not start."));
    started.on("exit", ended("The process that reads with the handler's code has ended."));
    return started;
  }

  function stop(why: Error): void {
    endIdle();
    const old = child;
    child = undefined;
    old?.kill("SIGKILL");
    for (const { reject } of asked.values()) reject(why);
    asked.clear();
  }

  async function ask(question: Unnumbered<ReadingQuestion>): Promise<ReadingAnswer> {
    if (broken) throw broken;
    child ??= start();
    const id = ++ids;
    const { promise, reject, resolve } = Promise.withResolvers<ReadingAnswer>();
    asked.set(id, { resolve, reject });
    const inTime = clock.after(hasAnswered ? patience.later : patience.first, () => {
      broken = new Error("The handler's code does not answer: it is asked again once it is saved.");
      stop(broken);
    });
    endIdle();
    child.send({ ...question, id });
    try {
      const answer = await promise;
      if ("error" in answer) throw new Error(answer.error);
      return answer;
    } finally {
      inTime();
      asked.delete(id);
      if (asked.size === 0 && child) {
        endIdle();
        endIdle = clock.after(idleMs, () => stop(new Error("Nobody asks.")));
      }
    }
  }

  return {
    async records(records) {
      const answer = await ask({ records });
      return "records" in answer ? answer.records : [];
    },
    async state(state) {
      const answer = await ask({ state });
      if ("state" in answer) return answer.state;
      throw new Error("The handler's code gave no state.");
    },
    close: () => {
      broken = new Error("The function has other code now, or is closed.");
      stop(broken);
    },
  };
}
