/** A process on a machine of its own: its clock, its timers, and its calls over a network that loses replies. */
import type { Random } from "../../../src/time/random.ts";
import type { VirtualClock } from "../../../src/time/virtual-clock.ts";
import type { Pushed, Stream, Subscription } from "../../../src/worker/reading/stream.ts";
import type { LeaseTable, WorkerClock } from "../../../src/worker.ts";

export interface Network {
  readonly latencyMs: number;
  readonly lostReplies: number;
  readonly lateWrites: number;
  /** Of what a subscription brings: it breaks in its place; from it on the subscription is silent. */
  readonly broken: number;
  readonly silent: number;
  /** The table answers nobody. */
  isOut(): boolean;
  fault(): void;
}

export class Process {
  readonly clock: WorkerClock;
  isDead = false;
  #frozen = false;
  #held: (() => void)[] = [];
  #wall = 0;
  readonly #subscriptions = new Set<Subscription>();
  readonly #world: VirtualClock;
  readonly #random: Random;

  constructor(world: VirtualClock, random: Random) {
    this.#world = world;
    this.#random = random;
    const drift = Math.floor(random() * 1e9);
    this.#wall = Math.floor((random() - 0.5) * 600_000);
    this.clock = {
      now: () => world.now() + this.#wall,
      steady: () => world.now() - drift,
      after: (ms, fire) => world.after(ms, () => this.#run(fire)),
      sleep: (ms) => this.sleep(ms),
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /** Nothing happens in a process that stands still, and nothing ever in one that is dead. */
  #run(fire: () => void): void {
    if (this.isDead) return;
    if (this.#frozen) this.#held.push(fire);
    else fire();
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  kill(): void {
    this.isDead = true;
    // Its connections are closed by the machine.
    for (const subscription of this.#subscriptions) subscription.close();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const fire of this.#held.splice(0)) this.#run(fire);
  }

  setClock(ms: number): void {
    this.#wall += ms;
  }

  /** A call that is sent, happens, and is answered; all of it later, and some of it never. */
  call<T>(work: () => Promise<T>, network: Network, isTable: boolean): Promise<T> {
    const { latencyMs } = network;
    const delay = () => Math.floor(this.#random() * latencyMs);
    const dice = this.#random();
    const isLost = isTable && (dice < network.lostReplies || network.isOut());
    const isLate = isTable && !isLost && dice > 1 - network.lateWrites;
    return new Promise((resolve, reject) => {
      const answer = (give: () => void) => this.#world.after(delay(), () => this.#run(give));
      const noReply = () => reject(Object.assign(new Error("no reply"), { name: "TimeoutError" }));
      const happen = (then: (give: () => void) => void) => {
        // Whether the process lives or not: the request is on its way.
        work().then(
          (value) => then(() => resolve(value)),
          (error) => then(() => reject(error)),
        );
      };
      if (isLost || isLate) network.fault();
      if (isLost) {
        this.#world.after(delay(), () => {
          if (this.#random() < 0.5) happen(() => {});
          this.#world.after(1000, () => this.#run(noReply));
        });
      } else if (isLate) {
        this.#world.after(1000, () => this.#run(noReply));
        this.#world.after(1000 + Math.floor(this.#random() * 5000), () => happen(() => {}));
      } else this.#world.after(delay(), () => happen(answer));
    });
  }

  table(table: LeaseTable, network: Network): LeaseTable {
    const through = <T>(work: () => Promise<T>) => this.call(work, network, true);
    return {
      ready: () => table.ready(),
      scan: () => through(() => table.scan()),
      get: (key) => through(() => table.get(key)),
      write: (write) => through(() => table.write(write)),
    };
  }

  stream(stream: Stream, network: Network): Stream {
    const through = <T>(work: () => Promise<T>) => this.call(work, network, false);
    return {
      describe: () => through(() => stream.describe()),
      listShards: (from) => through(() => stream.listShards(from)),
      iterator: (shardId, from) => through(() => stream.iterator(shardId, from)),
      read: (iterator, limit) => through(() => stream.read(iterator, limit)),
      consumer: (name) => through(() => stream.consumer(name)),
      register: (name) => through(() => stream.register(name)),
      subscribe: (...given) =>
        through(async () => this.#subscription(await stream.subscribe(...given), network)),
    };
  }

  #subscription(source: Subscription, network: Network): Subscription {
    const through = <T>(work: () => Promise<T>) => this.call(work, network, false);
    const close = () => {
      this.#subscriptions.delete(source);
      source.close();
    };
    let isSilent = false;
    const next = async (): Promise<Pushed | undefined> => {
      const dice = this.#random();
      const isBroken = dice < network.broken;
      if (!isBroken && dice < network.broken + network.silent) isSilent = true;
      if (isBroken || isSilent) network.fault();
      if (isBroken) {
        throw Object.assign(new Error("the connection was reset"), { name: "ECONNRESET" });
      }
      return isSilent ? await new Promise(() => {}) : await source.next();
    };
    if (this.isDead) source.close();
    else this.#subscriptions.add(source);
    return { next: () => through(next), close };
  }
}
