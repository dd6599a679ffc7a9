/** The examples of the docs run, and come to what they say. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sqlApplication } from "../../src/sql.ts";

test("the application of docs/sql.md gives the row that stands there", () => {
  const page = readFileSync("docs/sql.md", "utf8");
  const [, sql] = /sql: `([^`]*)`/.exec(page)!;
  const app = sqlApplication({
    sql: sql!,
    source: {
      TRADES: {
        recordColumns: [
          { name: "TICKER", sqlType: "VARCHAR(4)", mapping: "$.ticker" },
          { name: "PRICE", sqlType: "REAL", mapping: "$.price" },
        ],
      },
    },
    partitionKey: { TRADES: "TICKER" },
  });
  const rows: unknown[] = [];
  const run = app.start({ onRow: (stream, row) => rows.push([stream, row]) });
  run.put("TRADES", '{"ticker":"AMZN","price":12.5}', { approximateArrivalTimestamp: 0 });
  run.advanceTo(60_000);
  expect(rows).toEqual([["PER_MINUTE", { TICKER: "AMZN", LOW: 12.5, HIGH: 12.5, TRADES: 1 }]]);
  expect(page).toContain('PER_MINUTE { TICKER: "AMZN", LOW: 12.5, HIGH: 12.5, TRADES: 1 }');
  expect(app.pumps.map((pump) => pump.class)).toEqual(["local"]);
});
