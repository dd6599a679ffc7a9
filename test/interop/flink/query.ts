/** A question that both are asked. */
export interface Query {
  readonly name: string;
  readonly flink: string;
  /** What Flink runs it as: only streams have sessions, and windows that slide with time. */
  readonly mode: "batch" | "streaming";
  /** The whole application of ours, and the table that it reads: of statements of SQL. */
  readonly application?: { readonly sql: string; readonly table: "flights" | "strikes" };
  /** Our rows: times as `timestamp` writes them. */
  readonly run: () => readonly (readonly unknown[])[];
}
