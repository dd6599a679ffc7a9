/** The host of the function: it keeps environments, gives each one batch at a time, and ends them. */
import type { ConsumerEvent } from "../../src/index.ts";
import type { KinesisEvent } from "../../src/local/lambda/types.ts";
import { seededRandom } from "../../src/time/random.ts";
import { workOf } from "./effects.ts";
import { createEnvironment, type Disturb, type Environment } from "./environment.ts";
import { type Invocation, sequenceNumberOf } from "./invocation.ts";
import { parkingOf, progressOf } from "./progress-seam.ts";
import type { World } from "./world.ts";

type Answer = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] };

interface Member {
  readonly environment: Environment;
  readonly handler: (event: unknown, context?: never) => Promise<Answer>;
}

export interface Host {
  /** Invokes the function with a batch, and answers as Lambda would hear it. */
  invoke(event: KinesisEvent, requestId: string): Promise<Answer>;
  /** Another release: environments that are idle go, the others follow. */
  deploy(release: 1 | 2): void;
}

/** How long an environment may live before it gets no more batches. */
const oldestMs = 12 * 3_600_000;

export function createHost(world: World): Host {
  const { book, chance, clock, scenario } = world;
  const { timeoutMs, skewMs } = scenario.host;
  let idle: Member[] = [];
  let release: 1 | 2 = 1;
  let generation = 0;
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
    const random = seededRandom(scenario.seed * 1000 + created);
    const environment = createEnvironment({
      id,
      clock,
      random,
      skewMs: skewMs > 0 ? chance.between(-skewMs, skewMs) : 0,
      disturb,
      onEnd(environment, reason) {
        if (environment.current) end(environment.current, "killed");
        book.tell(environment.id, () => `ends: ${reason}`);
      },
    });
    return { environment, handler: handlerOf(world, environment, release) };
  }

  function take(): Member {
    // Lambda keeps no environment for ever.
    idle = idle.filter(({ environment }) => clock.now() - environment.bornAt < oldestMs);
    const member = chance.happens(world.rates().cold)
      ? undefined
      : idle[chance.between(0, Math.max(0, idle.length - 1))];
    idle = idle.filter((other) => other !== member);
    return member ?? newMember();
  }

  async function run(
    member: Member,
    event: KinesisEvent,
    requestId: string,
    functionName: string,
  ): Promise<Answer> {
    const { environment, handler } = member;
    const born = generation;
    const deadline = clock.now() + timeoutMs;
    const isStranger = functionName !== "function";
    const invocation = begin(environment, event, requestId, deadline, isStranger);
    const context = {
      awsRequestId: requestId,
      functionName,
      invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
      getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
    };
    const lost = Promise.withResolvers<never>();
    const cancel = clock.after(timeoutMs, () => {
      // One that stands still is not heard of any more; it may wake up, and then has not long to live.
      lost.reject(new Error("timed out"));
      if (!environment.isFrozen) environment.kill("timed out");
      else {
        void environment.awake().then(() => {
          clock.after(timeoutMs, () => environment.kill("timed out while it stood still"));
        });
      }
    });
    try {
      const answer = await Promise.race([
        handler(event, context as never),
        environment.death,
        lost.promise,
      ]);
      end(invocation, "answered");
      book.tell(environment.id, () => `answers ${JSON.stringify(answer)}`);
      return answer;
    } catch (error) {
      book.tell(environment.id, () => `fails: ${(error as Error).message}`);
      if (!environment.isDead && !environment.isFrozen) end(invocation, "failed");
      if (isMistake(error)) book.violate("crash", (error as Error).stack ?? String(error));
      throw error;
    } finally {
      cancel();
      const isUsable = !environment.isDead && !environment.isFrozen && born === generation;
      if (invocation.ended !== undefined && isUsable && functionName === "function") {
        environment.current = undefined;
        idle.push(member);
      }
    }
  }

  function begin(
    environment: Environment,
    event: KinesisEvent,
    requestId: string,
    deadline: number,
    isStranger: boolean,
  ): Invocation {
    const records = world.recordsIn(event);
    const shardId = event.Records[0]!.eventID.split(":")[0]!;
    const invocation: Invocation = {
      id: ++invoked,
      environmentId: environment.id,
      requestId,
      shardId,
      records: records.map(({ n }) => n),
      firstSequenceNumber: sequenceNumberOf(event, 0),
      isStranger,
      began: book.tick(),
      read: undefined,
      news: [],
      deadline,
      ended: undefined,
      end: undefined,
      wasFrozen: false,
      appendFailed: false,
      claimFailed: false,
      idFailed: false,
      hasActed: false,
      readFailed: false,
      running: new Set(),
    };
    for (const record of records) {
      record.deliveries.push(invocation);
      record.firstDelivered ??= clock.now();
    }
    world.checker.sees(shardId);
    world.invocations.push(invocation);
    environment.current = invocation;
    book.tell(
      environment.id,
      () =>
        `gets records ${invocation.records.join(", ")} of ${shardId} (invocation ${invocation.id})`,
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
      const shardId = event.Records[0]!.eventID.split(":")[0]!;
      // After a reset the log is whose entry comes first.
      const newest = world.logs.entries(shardId).at(-1);
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
    deploy(next) {
      release = next;
      generation++;
      idle = [];
      book.tell("Lambda", () => `deploys release ${next}`);
    },
  };
}

function handlerOf(world: World, environment: Environment, release: 1 | 2): Member["handler"] {
  const { consumer } = world.scenario;
  const { park } = consumer;
  const isAsked = consumer.work === "commitWith" || consumer.work === "onceStreamWide";
  const options = {
    consumer: "departures",
    decode: (data: Uint8Array) => JSON.parse(Buffer.from(data).toString()),
    order: consumer.order,
    concurrency: consumer.concurrency,
    parallelizationFactor: consumer.parallelizationFactor,
    marginMs: consumer.marginMs,
    metrics: false,
    maxItems: consumer.work === "processBatch" ? consumer.maxItems : undefined,
    runtime: environment.runtime,
    on(event: ConsumerEvent) {
      if (event.type === "abandoned") world.abandoned.add(event.sequenceNumber);
      if (event.type === "failed" && isAsked) {
        // A transaction that did not get through is a failure of its record, too; or an id that could not be asked for.
        if (!world.thrown.has(event.error as object)) world.recordAt(event.record.data).failures++;
      }
      if (event.type !== "unsaved") return;
      if (environment.current) environment.current.appendFailed = true;
      world.book.tell(environment.id, () => `could not save: ${(event.error as Error).message}`);
    },
    ...(consumer.progress !== "none" && {
      progress: progressOf(world, environment, release),
      dedupeWindowInSeconds: consumer.dedupeWindowInSeconds,
      retentionInHours: 24,
      commitEvery: consumer.commitEvery,
      lease: consumer.lease,
      onProgressUnavailable: consumer.onProgressUnavailable,
    }),
    ...(consumer.uniqueIds && { uniqueId: (value: { uid?: string }) => value.uid }),
    ...(park && {
      park: parkingOf(world, environment),
      maxAttempts: park.maxAttempts,
      parkAfterInSeconds: park.parkAfterInSeconds,
      afterPark: park.afterPark,
      suspectAfterInSeconds: park.suspectAfterInSeconds,
    }),
    ...workOf(world, environment),
  };
  return world.program.kinesisConsumer(options as never) as unknown as Member["handler"];
}

/** What no fault explains: the program itself has gone wrong. */
const isMistake = (error: unknown) =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
