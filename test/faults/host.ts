/** The host of the function: it keeps environments, gives them batches, and ends them. */
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { seededRandom } from "../../src/time/random.ts";
import { createEnvironment, type Disturb, type Environment } from "./environment.ts";
import { type Handler, handlerOf, type Response } from "./handler.ts";
import { type Invocation, newInvocation, shardIn } from "./invocation.ts";
import { stream } from "./producer.ts";
import type { ConsumerSetup } from "./scenario.ts";
import type { World } from "./world.ts";

interface Member {
  readonly environment: Environment;
  readonly handler: Handler;
  readonly setup: ConsumerSetup;
  /** Invocations that have not come to their end. */
  running: number;
  /** It gets no more of them. */
  isLeft: boolean;
}

export interface Host {
  /** Invokes the function with a batch, and answers as Lambda would hear it. */
  invoke(event: KinesisEvent, requestId: string): Promise<Response>;
  /** The same with parked records that come back. */
  redrive(event: KinesisEvent): Promise<Response>;
  /** The schedule's event for windows, as often as Lambda tries it. Never rejects: to whether it came through. */
  flush(): Promise<boolean>;
  /** Another release, or other options: environments that are idle go, the others follow. */
  deploy(release: 1 | 2, setup: ConsumerSetup): void;
}

/** More than clocks are apart, so that nothing comes late. */
const graceInSeconds = 360;
/** How long an environment may live before it gets no more batches. */
const oldestMs = 12 * 3_600_000;

export function createHost(world: World): Host {
  const { book, chance, clock, scenario } = world;
  const { timeoutMs, clocks, concurrency } = scenario.host;
  /** On Lambda Managed Instances an invocation that is over goes on, and so does what runs beside it. */
  const isShared = concurrency > 1;
  let members: Member[] = [];
  let release: 1 | 2 = 1;
  let setup = scenario.consumer;
  let created = 0;
  let invoked = 0;

  const disturb: Disturb = (environment, seam, when) => {
    const doing = `${when} a call to ${seam}`;
    if (world.happens("kill")) {
      book.fault(environment.id, `is killed ${doing}`);
      environment.kill("killed");
    } else if (world.happens("freeze")) {
      const ms = chance.between(...world.rates().freezeMs);
      book.fault(environment.id, `stands still ${doing}, for ${ms / 1000} s`);
      environment.freeze(ms);
    }
  };

  function newMember(functionName = "function"): Member {
    const id = `${functionName === "function" ? "environment" : functionName} ${++created}`;
    const environment = createEnvironment({
      ...{ id, clock, disturb },
      random: seededRandom(scenario.seed * 1000 + created),
      skewMs: chance.between(...clocks),
      onEnd(environment, reason) {
        if (reason === "exit") checkNeighbours(environment);
        for (const invocation of environment.invocations) end(invocation, "killed");
        book.tell(environment.id, () => `ends: ${reason}`);
      },
    });
    const handler = handlerOf(world, environment, release, setup);
    return { environment, handler, setup, running: 0, isLeft: functionName !== "function" };
  }

  /** Whoever exits over an effect that hangs must not take with it what goes well beside it. */
  function checkNeighbours({ id, invocations }: Environment): void {
    const own = world.current.getStore();
    for (const other of invocations) {
      // Beyond its margin it may be waited for itself.
      const margin = other.setup.marginMs ?? Math.max(1000, timeoutMs * 0.05);
      const isWell = !other.hasHung && other.hasActed && other.ended === undefined;
      if (other === own || !isWell || clock.now() >= other.deadline - margin) continue;
      book.violate("neighbours", `${id} ended while invocation ${other.id} was at work in it`);
    }
  }

  function take(): Member {
    // Lambda keeps no environment for ever.
    const isKept = ({ environment, isLeft }: Member) =>
      !isLeft && !environment.isDead && clock.now() - environment.bornAt < oldestMs;
    members = members.filter(isKept);
    const free = members.filter(
      ({ environment, running }) => running < concurrency && !environment.isFrozen,
    );
    const isCold = chance.happens(world.rates().cold);
    const known = isCold ? undefined : free[chance.between(0, Math.max(0, free.length - 1))];
    if (known) return known;
    const member = newMember();
    members.push(member);
    return member;
  }

  async function run(
    member: Member,
    event: KinesisEvent,
    requestId: string,
    functionName: string,
  ): Promise<Response> {
    const { environment, handler } = member;
    const deadline = clock.now() + timeoutMs;
    const isStranger = functionName !== "function";
    const isRedrive = "shardmillRedrive" in event;
    const invocation = begin(member, event, requestId, { deadline, isStranger, isRedrive });
    const context = {
      awsRequestId: requestId,
      functionName,
      invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
      getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
    };
    const lost = Promise.withResolvers<never>();
    const cancel = clock.after(timeoutMs, () => {
      lost.reject(new Error("timed out"));
      if (isShared) return;
      member.isLeft = true;
      // One that stands still is not heard of any more; it may wake up, and then has not long to live.
      if (!environment.isFrozen) environment.kill("timed out");
      else {
        void environment.awake().then(() => {
          clock.after(timeoutMs, () => environment.kill("timed out while it stood still"));
        });
      }
    });
    member.running++;
    const work = world.current.run(invocation, () => handler(event, context as never));
    const isOver = () => {
      member.running--;
      environment.invocations.delete(invocation);
      // Of one that stood still nobody has heard.
      if (invocation.wasFrozen) end(invocation, "killed");
    };
    try {
      const answer = await Promise.race([work, environment.death, lost.promise]);
      end(invocation, "answered");
      book.tell(environment.id, () => `answers ${JSON.stringify(answer)}`);
      return answer;
    } catch (error) {
      book.tell(environment.id, () => `fails: ${(error as Error).message}`);
      const isLate = clock.now() >= deadline;
      if (!environment.isDead && !environment.isFrozen) {
        end(invocation, isLate ? "killed" : "failed");
      }
      if (isMistake(error)) book.violate("crash", (error as Error).stack ?? String(error));
      throw error;
    } finally {
      cancel();
      work.then(isOver, isOver);
    }
  }

  function begin(
    { environment, setup }: Member,
    event: KinesisEvent,
    requestId: string,
    more: Pick<Invocation, "deadline" | "isStranger" | "isRedrive">,
  ): Invocation {
    const records = world.recordsIn(event);
    // A flush is of all shards.
    const shardId = records.length > 0 ? shardIn(event) : "";
    const invocation = newInvocation({
      ...{ id: ++invoked, environmentId: environment.id, requestId, shardId, setup },
      records: records.map(({ n }) => n),
      firstSequenceNumber: event.Records[0]?.kinesis.sequenceNumber ?? "",
      began: book.tick(),
      ...more,
    });
    for (const record of more.isRedrive ? [] : records) {
      record.deliveries.push(invocation);
      record.firstDelivered ??= clock.now();
    }
    if (shardId) world.checker.sees(invocation);
    world.invocations.push(invocation);
    environment.invocations.add(invocation);
    book.tell(environment.id, () =>
      shardId === ""
        ? `gets a flush (invocation ${invocation.id})`
        : `gets ${more.isRedrive ? "parked " : ""}records ${invocation.records.join(", ")} of ${shardId} (invocation ${invocation.id})`,
    );
    return invocation;
  }

  function end(invocation: Invocation, how: NonNullable<Invocation["end"]>): void {
    if (invocation.ended !== undefined) return;
    invocation.ended = book.tick();
    invocation.end = how;
  }

  return {
    async invoke(event, requestId) {
      if (world.happens("throttled")) {
        book.fault("Lambda", "has no room for an invocation");
        throw Object.assign(new Error("Rate exceeded"), { name: "TooManyRequestsException" });
      }
      // After a reset the log is whose entry comes first.
      const newest = world.logs.entries(shardIn(event), setup.epoch).at(-1);
      if (newest && newest.kind !== "reset" && world.happens("stranger")) {
        book.fault("Lambda", "has another function with the same consumer name");
        await run(newMember("stranger"), event, requestId, "stranger").catch(() => {});
      }
      const first = run(take(), event, requestId, "function");
      if (!world.happens("twice")) return first;
      book.fault("Lambda", "delivers a batch twice");
      const second = run(take(), event, requestId, "function");
      for (const each of [first, second]) each.catch(() => {});
      return chance.happens(0.5) ? first : second;
    },
    async redrive(event) {
      if (world.happens("throttled")) throw new Error("Rate exceeded");
      return run(take(), event, `redrive ${invoked}`, "function");
    },
    async flush() {
      const shardmillFlush = {
        streamArn: world.kinesis.describeStream({ stream }).arn,
        graceInSeconds,
      };
      const event = { Records: [], shardmillFlush } as unknown as KinesisEvent;
      for (let attempt = 0; attempt < 3; attempt++) {
        try {
          await run(take(), event, `flush ${invoked}`, "function");
          return true;
        } catch {
          await clock.sleep(60_000);
        }
      }
      return false;
    },
    deploy(nextRelease, nextSetup) {
      release = nextRelease;
      setup = nextSetup;
      for (const member of members) member.isLeft = true;
      members = [];
    },
  };
}

/** What no fault explains: the program itself has gone wrong. */
const isMistake = (error: unknown) =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
