/** What `shardmill plan --scaling` prints for a person: shards over load, and the ways beside each other. */
import type { Prices, ScalingPlanned } from "@shardmill/local/rig";

const width = 72;
const height = 12;

export function scalingReport(plan: ScalingPlanned, prices: Prices): string {
  const { ways, operations, mostOperationsInADay, days, advice } = plan;
  const lines = ways.map(({ name, shards, monthly, throttledShare }) => {
    const count = shards === undefined ? "" : `${round(shards)} shards`;
    return `  ${name.padEnd(12)}${count.padEnd(20)}${money(monthly).padStart(10)}  ${(100 * throttledShare).toFixed(3)} % refused`;
  });
  const begins = new Date(plan.start).toISOString().slice(0, 16);
  return [
    `Shards (─) over the load (█), ${round(plan.load.length / 1440)} days from ${begins}Z`,
    ...chart(plan),
    "",
    `A month in ${prices.region}, ${prices.currency}, without reads`,
    ...lines,
    "",
    `Scaled: ${round(operations / Math.max(days, 1 / 24))} operations a day, ${mostOperationsInADay} at most in any 24 hours`,
    ...advice.map((sentence) => `  ${sentence}`),
    "",
  ].join("\n");
}

/** One column for each piece of time, with its busiest minute and its most shards. */
function chart({ load, shards }: ScalingPlanned): string[] {
  const columns = Math.min(width, load.length);
  const ofColumn = (values: readonly number[], column: number) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
    return largest(values.slice(from, to));
  };
  const loads = Array.from({ length: columns }, (_, column) => ofColumn(load, column));
  const open = Array.from({ length: columns }, (_, column) => ofColumn(shards, column));
  const most = Math.max(largest(open), largest(loads), 1);
  const rowOf = (value: number) => Math.max(1, Math.ceil((value / most) * height));
  const rows: string[] = [];
  for (let row = height; row > 0; row--) {
    const cells = loads.map((value, column) => {
      if (rowOf(open[column]!) === row) return "─";
      return value > 0 && rowOf(value) >= row ? "█" : " ";
    });
    const label = row === height ? round(most) : row === 1 ? "0" : "";
    rows.push(`${label.padStart(7)} │${cells.join("").trimEnd()}`);
  }
  return rows;
}

const largest = (values: readonly number[]) =>
  values.reduce((most, value) => Math.max(most, value), 0);

const money = (amount: number) =>
  amount.toLocaleString("en", { maximumFractionDigits: amount < 100 ? 2 : 0 });

const round = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 1 });
