/** A worker thread of vitest's that outlives the run it was made for: to vitest it is a new one for each run. */
import {
  type PoolOptions,
  type PoolWorker,
  ThreadsPoolWorker,
  type WorkerRequest,
} from "vitest/node";

export const poolName = "kept";

type Listener = (message: unknown) => void;

export class KeptThread extends ThreadsPoolWorker implements PoolWorker {
  override readonly name = poolName;
  readonly #project: PoolOptions["project"];
  #listeners: [string, Listener][] = [];
  #isStarted = false;

  constructor(options: PoolOptions) {
    super(options);
    this.#project = options.project;
  }

  override async start(): Promise<void> {
    if (!this.#isStarted) await super.start();
  }

  override on(event: string, listener: Listener): void {
    this.#listeners.push([event, listener]);
    super.on(event, listener);
  }

  override send(message: WorkerRequest): void {
    if (message.type === "stop") this.#answer("stopped");
    else if (message.type === "start" && this.#isStarted) this.#answer("started");
    else {
      if (message.type === "start") this.#isStarted = true;
      // The settings came with the first start; this is what Stryker changes of them.
      if (message.type === "run")
        for (const file of message.context.files)
          file.testNamePattern = this.#project.config.testNamePattern;
      super.send(message);
    }
  }

  #answer(type: string): void {
    for (const [event, listener] of this.#listeners)
      if (event === "message") listener({ type, __vitest_worker_response__: true });
  }

  override async stop(): Promise<void> {
    for (const [event, listener] of this.#listeners) super.off(event, listener);
    this.#listeners = [];
  }

  /** Ends the thread itself. */
  async end(): Promise<void> {
    await this.stop();
    if (this.#isStarted) await super.stop();
  }
}
