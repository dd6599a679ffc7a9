/**
 * A running application: a machine whose state and rows follow from the rows that come in, in their order, and from nothing else. It knows no
 * clock, no batch and no log.
 */
import { hash } from "node:crypto";
import { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { showName } from "../nodes/names.ts";
import type { KeyPlaces, Stages } from "../plan/classify.ts";
import { explain } from "../plan/explain.ts";
import type { ApplicationPlan, Plan, PumpPlan } from "../plan/plan.ts";
import { RowError } from "../types/row-error.ts";
import {
  type BuildSite,
  boundOf,
  build,
  buildParts,
  earliest,
  type Inlet,
  streamsInOrder,
} from "./build.ts";
import { type ErrorRow, errorRow } from "./error-stream.ts";
import type { Row } from "./evaluate.ts";
import type { LookupOperator, Remember } from "./join.ts";
import type { Models } from "./models.ts";
import type { Bound, Owns, Sink, Stateful, Timed } from "./operator.ts";
import type { MergeOperator, PartOperator } from "./parts.ts";
import { readTime, writeTime } from "./values.ts";

export interface MachineOptions {
  /** Gets each row that reaches a stream of the application, with its ROWTIME in epoch milliseconds. */
  readonly onRow: (stream: string, row: Row, time: number) => void;
  /** Gets each row of the error stream. @default they are dropped */
  readonly onError?: ((row: ErrorRow) => void) | undefined;
  /** Rows of reference tables, by name: values in the order of their columns. */
  readonly references?: Readonly<Record<string, readonly Row[]>> | undefined;
  /** What RANDOM_CUT_FOREST and HOTSPOTS compute with. */
  readonly models?: Models | undefined;
  /** What lookups find. @default what there is */
  readonly remember?: Remember | undefined;
  /** It runs what stands below the cuts, or above them. @default all of it */
  readonly part?: MachinePart | undefined;
}

/** One of two parts of an application. */
export interface MachinePart extends Stages {
  readonly isAbove: boolean;
}

/** Groups that are merged, and until when they are complete when the machine's time is known. */
interface Cut<Operator> {
  readonly operator: Operator;
  readonly bound: NonNullable<Bound>;
}

/** State of another application. */
export class OtherApplicationError extends Error {
  override readonly name = "OtherApplicationError";
}

const version = 1;

export class SqlMachine {
  readonly plan: ApplicationPlan;
  /** The latest arrival so far, in epoch milliseconds: ROWTIME of what comes in next is not less. */
  time = Number.NEGATIVE_INFINITY;
  readonly #options: MachineOptions;
  readonly #inlets = new Map<string, Sink[]>();
  readonly #bounds = new Map<string, Bound>();
  /** By stream, the ROWTIME of its last row. */
  readonly #last = new Map<string, { time: number }>();
  readonly #states: { readonly state: Stateful; readonly plan: Plan; readonly pump: string }[] = [];
  readonly #fingerprint: string;
  readonly #timed: { readonly timed: Timed; readonly bound: Bound }[] = [];
  readonly #lookups = new Map<string, LookupOperator[]>();
  readonly #deliver = new Map<string, Sink>();
  /** In the order of the cuts. */
  readonly #parts: Cut<PartOperator>[] = [];
  readonly #merges: Cut<MergeOperator>[] = [];

  constructor(plan: ApplicationPlan, options: MachineOptions) {
    this.plan = plan;
    this.#options = options;
    const half = options.part ? `\n${options.part.isAbove ? "above" : "below"}` : "";
    this.#fingerprint = hash("sha256", `${explain(plan)}${half}`);
    for (const name of streamsInOrder(plan)) {
      this.#inlets.set(name, []);
      this.#bounds.set(name, (time) => time);
      this.#deliver.set(name, this.#streamOf(name));
    }
    for (const pump of plan.pumps) this.#build(pump);
    for (const [table, rows] of Object.entries(options.references ?? {}))
      this.setReference(table, rows);
  }

  /** A row of a source, by its values. `arrival` is when Kinesis took it in, in epoch milliseconds. */
  push(source: string, row: Row, arrival: number): void {
    const deliver = this.#deliver.get(source);
    if (!deliver) throw new Error(`The application has no source ${showName(source)}.`);
    if (arrival > this.time) this.advance(arrival);
    deliver(row, this.time);
  }

  /** Time goes on, at least to here: what is complete comes out. */
  advance(time: number): void {
    if (!(time > this.time)) return;
    this.time = time;
    for (;;) {
      let next: Timed | undefined;
      for (const { timed, bound } of this.#timed) {
        if (!bound || timed.due > bound(time)) continue;
        if (!next || timed.due < next.due) next = timed;
      }
      if (!next) return;
      next.fire();
    }
  }

  /** Whether something would come out if time went on to here. */
  hasDueBefore(time: number): boolean {
    return this.#timed.some(({ bound, timed }) => {
      if (!bound || !Number.isFinite(timed.due)) return false;
      return time === Number.POSITIVE_INFINITY || timed.due <= bound(time);
    });
  }

  /** Whether a window of parts ends after one time of the machine and not after the other. */
  hasEndBetween(after: number, time: number): boolean {
    return this.#parts.some(
      ({ bound, operator }) => time > after && operator.nextEnd(bound(after)) <= bound(time),
    );
  }

  /** What it has of the windows that have ended by a time of the machine. */
  writeParts(time: number, to: ByteWriter): void {
    for (const { bound, operator } of this.#parts) operator.writeUntil(bound(time), to);
  }

  /** They were given. */
  forgetParts(time: number): void {
    for (const { bound, operator } of this.#parts) operator.forgetUntil(bound(time));
  }

  /** Takes in what `writeParts` has written, but for windows that have ended by `after`. How many others were given already, and are lost. */
  takeParts(from: ByteReader, after: number): number {
    let late = 0;
    for (const { bound, operator } of this.#merges) {
      const [taken, given] = [after, this.time].map((time) =>
        Number.isFinite(time) ? bound(time) : time,
      ) as [number, number];
      operator.take(from, (end) => {
        if (end <= taken) return false;
        if (end <= given) late++;
        return end > given;
      });
    }
    return late;
  }

  /** From now on rows are joined with these. */
  setReference(table: string, rows: readonly Row[]): void {
    for (const lookup of this.#lookups.get(table) ?? []) lookup.load(rows);
  }

  /** All that it keeps. */
  write(): Uint8Array {
    const to = new ByteWriter();
    to.byte(version);
    to.text(this.#fingerprint);
    writeTime(this.time, to);
    for (const { time } of this.#last.values()) writeTime(time, to);
    for (const { state } of this.#states) state.write(to);
    return to.take();
  }

  /** What the operators of each pump take as they are written, in bytes. */
  sizes(): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>();
    for (const { pump, state } of this.#states) {
      const to = new ByteWriter();
      state.write(to);
      sizes.set(pump, (sizes.get(pump) ?? 0) + to.length);
    }
    return sizes;
  }

  /** Keeps only what is of these values of the partition key. */
  retain(owns: Owns, { operators }: KeyPlaces, isHeir: boolean): void {
    for (const { plan, state } of this.#states)
      state.retain!(owns, operators.get(plan) ?? [], isHeir);
  }

  /** Takes over from machines of the same application, whose keys are others. They give what is complete by the latest time of them all. */
  merge(others: readonly SqlMachine[]): void {
    this.time = Math.max(...others.map(({ time }) => time));
    for (const other of others) other.advance(this.time);
    const settle = () =>
      this.#states.some(({ state }, at) =>
        state.settle?.(others.map((other) => other.#states[at]!.state)),
      );
    while (settle());
    for (const other of others) {
      for (const [at, { state }] of this.#states.entries()) state.merge!(other.#states[at]!.state);
      for (const [stream, { time }] of other.#last) {
        const reached = this.#last.get(stream)!;
        reached.time = Math.max(reached.time, time);
      }
    }
  }

  /** Goes on where another machine of the same application was. Throws OtherApplicationError. */
  read(written: Uint8Array): void {
    const from = new ByteReader(written);
    const theirs = from.byte();
    if (theirs !== version || from.text() !== this.#fingerprint) {
      throw new OtherApplicationError(
        "The state is of another application: its SQL or its schema has changed. Give the consumer another name or epoch to begin anew; until then nothing is lost.",
      );
    }
    this.time = readTime(from);
    for (const reached of this.#last.values()) reached.time = readTime(from);
    for (const { state } of this.#states) state.read(from);
  }

  #streamOf(name: string): Sink {
    const inlets = this.#inlets.get(name)!;
    const { onRow } = this.#options;
    const isSource = this.plan.sources.some((source) => source.name === name);
    const columns = this.plan.streams.find((stream) => stream.name === name)?.columns ?? [];
    const needed = columns.flatMap(({ isNotNull, name }, at) => (isNotNull ? [{ at, name }] : []));
    const reached = { time: Number.NEGATIVE_INFINITY };
    this.#last.set(name, reached);
    return (row, time) => {
      for (const { at, name } of needed) {
        if (row[at] === null)
          throw new RowError(
            "NOT_NULL_VIOLATION",
            `The column ${showName(name)} is NOT NULL, and NULL came.`,
          );
      }
      if (time < reached.time) {
        throw new RowError(
          "OUT_OF_ORDER",
          `The row's ROWTIME is ${reached.time - time} ms before that of the last row of ${showName(name)}.`,
        );
      }
      reached.time = time;
      if (!isSource) onRow(name, row, time);
      for (const push of inlets) push(row, time);
    };
  }

  #build({ name, plan, target }: PumpPlan): void {
    const guarded =
      (out: Sink): Sink =>
      (row, time) => {
        try {
          out(row, time);
        } catch (error) {
          if (!(error instanceof RowError)) throw error;
          this.#options.onError?.(
            errorRow(error, row, { pump: name, time: this.time, rowtime: time }),
          );
        }
      };
    const { part } = this.#options;
    const site: BuildSite = {
      guarded,
      keep: (state, plan) => this.#states.push({ state, plan, pump: name }),
      remember: this.#options.remember ?? ((find) => find()),
      time: (timed, bound) => this.#timed.push({ timed, bound }),
      boundOf: (stream) => this.#bounds.get(stream),
      models: this.#options.models ?? {},
      lookup: (table, operator) => {
        const others = this.#lookups.get(table);
        if (others) others.push(operator);
        else this.#lookups.set(table, [operator]);
      },
      ...(part?.isAbove && {
        cuts: part.cuts,
        merging: (_, operator, bound) => this.#merges.push({ operator, bound: bound! }),
      }),
    };
    const isAbove = part?.above.has(name);
    if (isAbove && !part?.isAbove) {
      const inlets = buildParts(plan, { ...site, cuts: part!.cuts }, (_, operator, bound) =>
        this.#parts.push({ operator, bound: bound! }),
      );
      this.#connect(inlets, guarded);
      return;
    }
    // What runs elsewhere has a time here too.
    const isElsewhere = part?.isAbove && !isAbove;
    const built = isElsewhere
      ? { inlets: [], bound: boundOf(plan, site) }
      : build(plan, this.#deliver.get(target)!, site);
    const known = this.#bounds.get(target);
    this.#bounds.set(
      target,
      this.#written.has(target) ? earliest([known, built.bound]) : built.bound,
    );
    this.#written.add(target);
    this.#connect(built.inlets, guarded);
  }

  #connect(inlets: readonly Inlet[], guarded: (out: Sink) => Sink): void {
    for (const { push, stream } of inlets) this.#inlets.get(stream)!.push(guarded(push));
  }

  readonly #written = new Set<string>();
}
