/**
 * An application in one shard: what came goes into it, and the rows that it gives are due until somebody says that they are done. It knows no log;
 * what it writes is what a log keeps.
 */
import { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { readSlots, writeSlots } from "../../windows/slots.ts";
import { type ErrorRow, errorRow } from "../run/error-stream.ts";
import type { Row } from "../run/evaluate.ts";
import { forestModels } from "../run/forest-model.ts";
import type { Remember } from "../run/join.ts";
import { SqlMachine } from "../run/machine.ts";
import { readTime, writeTime } from "../run/values.ts";
import type { RowError } from "../types/row-error.ts";
import { newAbove, readAbove, writeAbove } from "./above.ts";
import { errorStream, type ShardApplication, streamsOf } from "./application.ts";
import { DueRows, type DueSqlRow } from "./due-rows.ts";
import { type Input, InputReader, InputWriter } from "./inputs.ts";
import { type RecordOrigin, shownRecord } from "./source-reader.ts";
import { tooLarge } from "./state-error.ts";
import { modes, opened, written } from "./written.ts";

/** A shard that has ended, its machine, and whether a key is of the shard that takes over. */
export interface SqlParent {
  readonly shardId: string;
  readonly machine: ShardMachine;
  readonly owns: (key: string) => boolean;
  /** Whether what is of no key goes to that shard too. */
  readonly isHeir: boolean;
}

export class ShardMachine {
  readonly application: ShardApplication;
  readonly #due: DueRows;
  /** Rows of the error stream since it was looked at last. What was read from the log has none. */
  readonly errors: ErrorRow[] = [];
  #machine: SqlMachine;
  #tables = -1;
  readonly #inputs = new InputWriter();
  #remember: Remember;
  /** Where the rows of the machine go: it may be taken over by a child. */
  #into: ShardMachine = this;
  /** What is read from the log gives rows only for streams that had an output then. */
  #outputs: ReadonlySet<string>;
  #isReading = false;
  /** How large the state was when it was written last, and what has come since. */
  #wholeBytes = 0;
  #sinceBytes = 0;
  /** Below the cuts: by which time of the machine all that it had of windows that had ended was given. */
  #given = Number.NEGATIVE_INFINITY;
  readonly above = newAbove();

  constructor(application: ShardApplication) {
    this.application = application;
    this.#outputs = application.outputs;
    this.#due = new DueRows(streamsOf(application.plan));
    this.#remember = this.#inputs.remember;
    this.#machine = this.#started();
  }

  /** What all of it takes as it is written, nearly. */
  get bytes(): number {
    return this.#wholeBytes + this.#sinceBytes;
  }

  get newsBytes(): number {
    return this.#inputs.bytes;
  }

  get hasNews(): boolean {
    return this.#inputs.bytes > 0;
  }

  get due(): readonly DueSqlRow[] {
    return this.#due.all;
  }

  has(slot: number): boolean {
    return this.#due.has(slot);
  }

  hasOpenBefore(time: number): boolean {
    return this.#machine.hasDueBefore(time) || this.#endsBetween(this.#machine.time, time);
  }

  /** Below the cuts: what was not given of windows that have ended. Undefined: none has. */
  get part(): { readonly time: number; readonly body: Uint8Array } | undefined {
    const { time } = this.#machine;
    if (!this.#endsBetween(this.#given, time)) return undefined;
    const to = new ByteWriter();
    this.#machine.writeParts(time, to);
    return { time, body: to.take() };
  }

  /** It was given. The log learns it with what it is told next: what is given again is known there. */
  give(time: number): void {
    this.#take({ kind: "given", time });
  }

  /** Above them: rows that are due are run by this one, until then. */
  claim(by: string, until: number): void {
    this.#take({ kind: "claim", by, time: until });
  }

  /** What the log is told of a part: the machine has it once that is in there. Throws SqlStateError. */
  writePart(shard: string, time: number, body: Uint8Array): Uint8Array {
    if (this.bytes + body.byteLength >= this.application.maxStateBytes)
      this.#checkSize(body.byteLength);
    const inputs = new InputWriter();
    inputs.add({ kind: "part", shard, time, body });
    return written(this.application, modes.inputs, inputs.take());
  }

  #endsBetween(after: number, time: number): boolean {
    if (!this.application.part || this.application.part.isAbove) return false;
    if (after === Number.NEGATIVE_INFINITY) return time > after;
    return this.#machine.hasEndBetween(after, time);
  }

  /** Takes a record in. Throws SqlStateError: then nothing has changed. */
  absorb(record: unknown, origin: RecordOrigin): "added" {
    const { maxStateBytes, read } = this.application;
    if (this.bytes >= maxStateBytes) this.#checkSize();
    this.#useTables();
    const arrival = Math.floor(origin.approximateArrivalTimestamp);
    for (const decoded of read(record, origin)) {
      if (Array.isArray(decoded)) this.#takeRow(decoded, arrival);
      else this.#take({ kind: "unreadable", error: decoded, record: shownRecord(record), arrival });
    }
    return "added";
  }

  /** The same for a record that nobody could read: it goes to the error stream. */
  refuse(error: RowError, record: unknown, origin: RecordOrigin): "added" {
    this.#useTables();
    const arrival = Math.floor(origin.approximateArrivalTimestamp);
    this.#take({ kind: "unreadable", error, record: shownRecord(record), arrival });
    return "added";
  }

  advance(time: number): void {
    this.#useTables();
    this.#take({ kind: "time", time: Math.floor(time) });
  }

  committed(): void {
    this.#inputs.clear();
  }

  forget(slots: readonly number[]): void {
    this.#due.forget(slots);
  }

  /** What has come since `committed`, or all of the state where that is less. */
  writeChanges(): Uint8Array {
    const isLong = this.#inputs.bytes > 2048 && this.#inputs.bytes > this.#wholeBytes;
    const state = isLong ? this.#state() : undefined;
    if (state && state.byteLength < this.#inputs.bytes)
      return written(this.application, modes.state, state);
    return written(this.application, modes.inputs, this.#inputs.take());
  }

  writeDone(slots: readonly number[]): Uint8Array {
    const to = new ByteWriter();
    writeSlots(slots, to);
    return written(this.application, modes.done, to.take());
  }

  writeWhole(): Uint8Array {
    return written(this.application, modes.whole, this.#state());
  }

  /** Takes in what another machine of the same application has written. Throws OtherApplicationError. */
  apply(changes: Uint8Array): void {
    const { body, mode, outputs } = opened(this.application, changes);
    switch (mode) {
      case modes.done:
        this.forget(readSlots(new ByteReader(body)));
        return;
      case modes.inputs:
        this.#replay(body, outputs);
        break;
      default:
        this.#readState(body);
    }
    this.committed();
  }

  /** Takes over from the shard's parents what is of its keys. What is complete by the time of the latest of them is due here. */
  inherit(parents: readonly SqlParent[]): void {
    for (const { isHeir, machine, owns, shardId } of parents) {
      for (const row of machine.due) {
        if (!owns(machine.#ownKeyOf(row, shardId))) continue;
        this.#due.takeOver(row, shardId);
      }
      machine.#into = this;
      machine.#remember = (find) => find();
      machine.#useTables();
      machine.#machine.retain((key) => owns(String(key)), this.application.places, isHeir);
    }
    this.#machine.merge(parents.map(({ machine }) => machine.#machine));
    this.#sinceBytes = parents.reduce((sum, { machine }) => sum + machine.bytes, 0);
  }

  /** The same for an application whose state cannot be divided: all of it goes to one child. */
  follow(parent: ShardMachine, shardId: string): void {
    this.#readState(parent.#state());
    this.#due.follow(shardId);
  }

  /** The partition key that a row has, if its stream has one. */
  keyOf({ row, stream }: DueSqlRow): string | undefined {
    const place = this.application.places.streams.get(stream);
    return place === undefined ? undefined : String(row[place]);
  }

  /** By what a row is handed to a child: that, else a text of its own. */
  #ownKeyOf(row: DueSqlRow, shardId: string): string {
    return this.keyOf(row) ?? `${row.origin ?? shardId}/${row.stream}/${row.ordinal}`;
  }

  #started(): SqlMachine {
    const { outputs, part, plan } = this.application;
    this.#tables = -1;
    return new SqlMachine(plan, {
      part,
      models: forestModels,
      onRow: (stream, row, time) => this.#into.#gave(stream, row, time),
      onError: (row) => this.#into.#failed(row, outputs),
      remember: (find) => this.#remember(find),
    });
  }

  #failed(row: ErrorRow, outputs: ReadonlySet<string>): void {
    if (!this.#isReading && !outputs.has(errorStream)) this.errors.push(row);
    this.#gave(errorStream, Object.values(row), row.ERROR_TIME);
  }

  #gave(stream: string, row: Row, time: number): void {
    this.#due.add(stream, row, time, this.#outputs.has(stream));
  }

  #useTables(): void {
    const { rows, version } = this.application.tables();
    if (version === this.#tables) return;
    this.#tables = version;
    for (const [table, of] of rows) this.#machine.setReference(table, of);
  }

  #takeRow(row: Row, arrival: number): void {
    const before = this.#inputs.bytes;
    this.#inputs.addRow(row, arrival);
    this.#machine.push(this.application.source, row, arrival);
    this.#sinceBytes += this.#inputs.bytes - before;
  }

  #take(input: Exclude<Input, { readonly kind: "row" }>): void {
    const before = this.#inputs.bytes;
    this.#inputs.add(input);
    this.#run(input);
    this.#sinceBytes += this.#inputs.bytes - before;
  }

  #run(input: Input): void {
    const machine = this.#machine;
    switch (input.kind) {
      case "row":
        machine.push(this.application.source, input.row, input.arrival);
        break;
      case "time":
        machine.advance(input.time);
        break;
      case "given":
        machine.forgetParts(input.time);
        this.#given = Math.max(this.#given, input.time);
        break;
      case "part":
        this.#takePart(input.shard, input.time, input.body);
        break;
      case "claim":
        this.above.claim = { by: input.by, until: input.time };
        break;
      default: {
        machine.advance(input.arrival);
        const { time } = machine;
        const at = { pump: this.application.source, time, rowtime: time };
        this.#failed(errorRow(input.error, [input.record], at), this.application.outputs);
      }
    }
  }

  /** A shard's part of a window is taken once: what it has given before was all of that. */
  #takePart(shard: string, time: number, body: Uint8Array): void {
    const { above } = this;
    const reached = above.reached.get(shard) ?? Number.NEGATIVE_INFINITY;
    above.late += this.#machine.takeParts(new ByteReader(body), reached);
    above.reached.set(shard, Math.max(reached, time));
  }

  #replay(inputs: Uint8Array, outputs: ReadonlySet<string>): void {
    const from = new InputReader(inputs);
    const own = { outputs: this.#outputs, remember: this.#remember };
    this.#isReading = true;
    this.#outputs = outputs;
    this.#remember = from.remember;
    try {
      for (let input = from.next(); input; input = from.next()) this.#run(input);
    } finally {
      this.#isReading = false;
      this.#outputs = own.outputs;
      this.#remember = own.remember;
    }
    this.#sinceBytes += inputs.byteLength;
  }

  #state(): Uint8Array {
    const to = new ByteWriter();
    to.bytes(this.#machine.write());
    this.#due.write(to);
    const { part } = this.application;
    if (part?.isAbove) writeAbove(this.above, to);
    else if (part) writeTime(this.#given, to);
    this.#wholeBytes = to.length;
    this.#sinceBytes = 0;
    return to.take();
  }

  #readState(state: Uint8Array): void {
    const from = new ByteReader(state);
    this.#machine = this.#started();
    this.#machine.read(from.bytes());
    this.#due.read(from);
    const { part } = this.application;
    if (part?.isAbove) readAbove(this.above, from);
    else if (part) this.#given = readTime(from);
    this.#wholeBytes = state.byteLength;
    this.#sinceBytes = 0;
  }

  #checkSize(more = 0): void {
    this.#state();
    const { maxStateBytes } = this.application;
    if (this.bytes + more < maxStateBytes) return;
    throw tooLarge(this.bytes, maxStateBytes, this.#machine.sizes(), this.#due.size);
  }
}
