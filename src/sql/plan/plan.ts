/** The logical plan: what an application does, as a tree of operators for each pump. Frozen data; nothing here runs. */
import type { Column, SqlType } from "../types/sql-type.ts";
import type { Course, Typed } from "./typed.ts";

export interface PlanColumn extends Column {
  readonly course: Course;
  /** Its value as something of the row's ROWTIME alone, where it is that. */
  readonly ofTime?: Typed | undefined;
  /** Another name that means it. */
  readonly also?: string;
  /** `*` leaves it out. */
  readonly isHidden?: boolean;
}

export type Plan =
  | ScanPlan
  | FilterPlan
  | ProjectPlan
  | GroupPlan
  | StaggerPlan
  | WindowPlan
  | DistinctPlan
  | OrderPlan
  | JoinPlan
  | LookupPlan
  | UnionPlan
  | TableFunctionPlan;

interface Common {
  /** What its rows have. */
  readonly columns: readonly PlanColumn[];
}

/** The rows of a stream. */
export interface ScanPlan extends Common {
  readonly op: "scan";
  readonly stream: string;
}

export interface FilterPlan extends Common {
  readonly op: "filter";
  readonly input: Plan;
  readonly condition: Typed;
}

export interface ProjectPlan extends Common {
  readonly op: "project";
  readonly input: Plan;
  readonly items: readonly Typed[];
  /** `AS ROWTIME`: the time of its rows. Undefined: that of the input's. */
  readonly time: Typed | undefined;
}

/** A call of an aggregate function. */
export interface AggregateCall {
  readonly name: string;
  readonly args: readonly Typed[];
  readonly type: SqlType;
  readonly ignoresNulls: boolean;
  readonly text: string;
}

/** A tumbling window. Its rows have the terms, then the aggregates. */
export interface GroupPlan extends Common {
  readonly op: "group";
  readonly input: Plan;
  readonly terms: readonly Typed[];
  /** The term that never turns back: where it changes, the groups are complete. */
  readonly clock: number;
  /** That term as something of ROWTIME alone: then it is known when it changes. */
  readonly clockOfTime: Typed | undefined;
  readonly aggregates: readonly AggregateCall[];
}

/** A window for each key, which opens with its first row. Its rows have the terms, then the aggregates. */
export interface StaggerPlan extends Common {
  readonly op: "stagger";
  readonly input: Plan;
  readonly terms: readonly Typed[];
  readonly lengthMs: number;
  readonly aggregates: readonly AggregateCall[];
}

/** Which rows: as many before the current one, or as long before it. Infinity: all. */
export interface Frame {
  readonly mode: "rows" | "range";
  /** Rows, or milliseconds. */
  readonly preceding: number;
}

export interface WindowSpec extends Frame {
  readonly partition: readonly Typed[];
  readonly aggregates: readonly AggregateCall[];
}

/** Sliding windows. Its rows have those of the input, then the aggregates of each window. */
export interface WindowPlan extends Common {
  readonly op: "window";
  readonly input: Plan;
  readonly windows: readonly WindowSpec[];
}

/** Each row once, until the clock changes. */
export interface DistinctPlan extends Common {
  readonly op: "distinct";
  readonly input: Plan;
  readonly clock: number;
  /** What is compared. */
  readonly keys: readonly number[];
}

/** Rows are held until the first key changes. */
export interface OrderPlan extends Common {
  readonly op: "order";
  readonly input: Plan;
  readonly keys: readonly { readonly term: Typed; readonly descending: boolean }[];
  readonly clockOfTime: Typed | undefined;
}

/** Two streams. Its rows have those of both, then the ROWTIME of each. */
export interface JoinPlan extends Common {
  readonly op: "join";
  readonly type: "INNER" | "LEFT" | "RIGHT" | "FULL";
  readonly left: Plan;
  readonly right: Plan;
  /** Undefined: only its current row takes part. */
  readonly leftFrame: Frame | undefined;
  readonly rightFrame: Frame | undefined;
  /** Terms that must be equal; of the left's row and of the right's. */
  readonly equal: readonly (readonly [Typed, Typed])[];
  /** What must hold beside, of the joined row. */
  readonly condition: Typed | undefined;
}

/** A stream and a reference table. Its rows have those of both. */
export interface LookupPlan extends Common {
  readonly op: "lookup";
  readonly type: "INNER" | "LEFT";
  readonly input: Plan;
  readonly table: string;
  readonly equal: readonly (readonly [Typed, Typed])[];
  readonly condition: Typed | undefined;
}

export interface UnionPlan extends Common {
  readonly op: "union";
  readonly inputs: readonly Plan[];
}

export interface TableFunctionPlan extends Common {
  readonly op: "tableFunction";
  readonly name: string;
  readonly input: Plan;
  /** By name; what was not given has its default. */
  readonly settings: Readonly<Record<string, number | boolean | string>>;
  /** The columns it computes with, by their places in the input. */
  readonly computed: readonly number[];
}

/** A stream inside of the application. */
export interface StreamPlan {
  readonly name: string;
  readonly columns: readonly PlanColumn[];
}

export interface PumpPlan {
  readonly name: string;
  readonly target: string;
  readonly plan: Plan;
}

/** A whole application. */
export interface ApplicationPlan {
  /** What comes in, as the application sees it. */
  readonly sources: readonly StreamPlan[];
  readonly references: readonly StreamPlan[];
  readonly streams: readonly StreamPlan[];
  /** A pump stands behind those that write what it reads. */
  readonly pumps: readonly PumpPlan[];
}

export const plan = <P extends Plan | ApplicationPlan | PumpPlan | StreamPlan>(node: P): P =>
  Object.freeze(node);

/** What a plan reads directly. */
export function inputsOf(plan: Plan): readonly Plan[] {
  switch (plan.op) {
    case "scan":
      return [];
    case "join":
      return [plan.left, plan.right];
    case "union":
      return plan.inputs;
    default:
      return [plan.input];
  }
}

/** The streams that it reads. */
export const streamsOf = (plan: Plan): readonly string[] =>
  plan.op === "scan" ? [plan.stream] : inputsOf(plan).flatMap(streamsOf);
