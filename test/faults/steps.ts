/** What happens in a day, step by step, to the stream, the mapping and the function. */
import type { Mapping, MappingSettings } from "../../packages/local/src/lambda/mapping/index.ts";
import type { Host } from "./host.ts";
import type { Operator } from "./operator.ts";
import { merge, type Producer, split } from "./producer.ts";
import type { Step } from "./scenario.ts";
import type { World } from "./world.ts";

export interface Day {
  /** Takes a step; resolves when it is taken. */
  take(step: Step): Promise<void>;
  /** All trouble ends, and somebody reads the stream. */
  calm(): void;
  /** The mapping of now. */
  readonly mapping: Mapping;
}

export interface DayOptions {
  readonly world: World;
  readonly host: Host;
  readonly operator: Operator;
  readonly put: Producer;
  readonly createMapping: (settings: MappingSettings) => Mapping;
}

export function createDay({ world, host, operator, put, createMapping }: DayOptions): Day {
  const { book, checker, clock, db, kinesis, scenario } = world;
  let settings: MappingSettings = scenario.mapping;
  let mapping = createMapping(settings);
  let setup = scenario.consumer;
  let release: 1 | 2 = 1;

  /** A mapping goes, its invocations still under way; another begins where nothing can be missed. */
  function recreate(from: "horizon" | "unsettled", change: MappingSettings): void {
    mapping.stop();
    read(true);
    settings = { ...settings, ...change };
    const unsettled = [...book.records.values()].filter(
      (record) => record.effects.length === 0 || !checker.isNamedSinceReset(record),
    );
    const oldest = Math.min(clock.now(), ...unsettled.map(({ arrivedAt }) => arrivedAt));
    const startingPositionTimestamp = new Date(oldest - 1);
    mapping = createMapping({
      ...settings,
      ...(from === "unsettled" && { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp }),
    });
    const where = from === "horizon" ? "the horizon" : "what is open";
    book.fault("mapping", `is made anew, from ${where}`);
  }

  /** Whether somebody reads the stream from now on. */
  function read(isRead: boolean): void {
    const { absences } = world;
    const current = absences.at(-1);
    if (!isRead) absences.push({ from: clock.now(), until: Number.POSITIVE_INFINITY });
    else if (current) current.until = Math.min(current.until, clock.now());
  }

  async function take(step: Step): Promise<void> {
    switch (step.type) {
      case "put":
        return put(step);
      case "split":
        return split(kinesis, step.choice, book);
      case "merge":
        return merge(kinesis, step.choice, book);
      case "recreate":
        return recreate(step.from, step.settings);
      case "update":
        settings = { ...settings, ...step.settings };
        mapping.update(step.settings);
        return;
      case "reset": {
        // Whether it gets to its end or not: the logs that were reset are done again.
        const isReset = operator.reset(setup.epoch, step.crash);
        void isReset.then(() => recreate("horizon", step.settings));
        return;
      }
      case "redrive":
        void operator.redrive(step);
        return;
      case "stop":
        read(false);
        return mapping.stop();
      case "start":
        read(true);
        return mapping.start();
      case "release":
        release = step.release;
        book.tell("Lambda", () => `deploys release ${release}`);
        return host.deploy(release, setup);
      case "deploy":
        setup = { ...setup, ...step.consumer };
        if (!world.epochs.has(setup.epoch)) world.epochs.set(setup.epoch, clock.now());
        book.fault("Lambda", `deploys other options: ${JSON.stringify(step.consumer)}`);
        return host.deploy(release, setup);
      case "outage":
        book.fault("effects", `fail for ${step.ms / 1000} s`);
        world.outages++;
        clock.after(step.ms, () => world.outages--);
        return;
      case "storeOutage":
        book.fault("store", `is out for ${step.ms / 1000} s`);
        db.setFaults({ ...world.rates().store, failBefore: 1 });
        clock.after(step.ms, () => db.setFaults(world.rates().store));
        return;
      case "flush":
        void host.flush();
        return;
      case "pass":
        return;
    }
  }

  return {
    take,
    calm() {
      if (scenario.steps.some(({ type }) => type === "release")) host.deploy(2, setup);
      read(true);
      mapping.start();
    },
    get mapping() {
      return mapping;
    },
  };
}
