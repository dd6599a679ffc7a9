/** Reference tables that are objects in S3. */
import { json, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { type LoadedReference, s3Csv, s3Json, sqlConsumer } from "../../src/sql.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const recordColumns = [
  { name: "TICKER", sqlType: "VARCHAR(4)", mapping: "$.ticker" },
  { name: "COMPANY", sqlType: "VARCHAR(32)", mapping: "$.company" },
];
const sql = `
  CREATE STREAM NAMED (TICKER VARCHAR(4), COMPANY VARCHAR(32));
  CREATE PUMP NAMING AS INSERT INTO NAMED
    SELECT STREAM T.TICKER, C.COMPANY FROM TRADES AS T LEFT JOIN COMPANIES AS C ON T.TICKER = C.TICKER;`;

/** A bucket with one object, which tells what it was asked for. */
function bucketOf(texts: readonly (string | Error)[]) {
  const asked: unknown[] = [];
  let version = 0;
  const client = {
    async send({ input }: { readonly input: { readonly IfNoneMatch?: string } }) {
      asked.push(input);
      const text = texts[Math.min(version, texts.length - 1)]!;
      if (text instanceof Error) throw text;
      if (version >= texts.length)
        throw Object.assign(new Error("304"), { $metadata: { httpStatusCode: 304 } });
      version++;
      return { ETag: `"${version}"`, Body: { transformToString: async () => text } };
    },
  };
  return { asked, client };
}

/** What a function with this table says of the companies, batch by batch, a minute apart. */
async function companies(table: LoadedReference, batches = 1, tickers = ["A", "B"]) {
  const clock = virtualClock();
  const lines: string[] = [];
  const found: unknown[][] = [];
  const handler = sqlConsumer({
    ...{ consumer: "c", progress: memoryProgress(), metrics: false, sql, runtime: { clock } },
    source: {
      TRADES: {
        recordColumns: [{ name: "TICKER", sqlType: "VARCHAR(4)", mapping: "$.ticker" }],
        decode: json(),
      },
    },
    reference: { COMPANIES: table },
    logger: { debug() {}, info() {}, warn: (line) => lines.push(line), error: console.error },
    output: {
      NAMED: (rows) => void found.at(-1)!.push(...rows.map(({ value }) => value.COMPANY)),
    },
  }) as (event: unknown) => Promise<unknown>;
  for (let batch = 0; batch < batches; batch++) {
    found.push([]);
    const trades = tickers.map((ticker) => ({ ticker }));
    await handler(kinesisEvent(trades, { from: 10 * batch, arrival: clock.now() }));
    await clock.advance(60_000);
  }
  return { found, lines };
}

const csv = (client: object, more: object = {}) =>
  s3Csv("s3://tables/companies.csv", { recordColumns, client: client as never, ...more });

describe("s3Csv", () => {
  it.each([
    ["with a header", "ticker,company\nA,Amazon\nB,\n"],
    ["whose columns are in another order", "company,ticker\nAmazon,A\n,B\n"],
    ["with quotes", 'ticker,company\n"A","Amazon"\n'],
    ["with lines of Windows and a byte order mark", "\uFEFFticker,company\r\nA,Amazon\r\nB,\r\n"],
  ])("reads an object %s", async (_, text) => {
    const { asked, client } = bucketOf([text]);
    expect((await companies(csv(client))).found).toEqual([["Amazon", null]]);
    expect(asked).toEqual([{ Bucket: "tables", Key: "companies.csv" }]);
  });

  it("reads one without a header in the order of the schema", async () => {
    const { client } = bucketOf(["A,Amazon\n"]);
    expect((await companies(csv(client, { header: false }))).found).toEqual([["Amazon", null]]);
  });

  it("looks for a new version where it is told how often, and keeps what it has where that fails", async () => {
    const texts = ["ticker,company\nA,old", "ticker,company\nA,new", new Error("no such bucket")];
    const { asked, client } = bucketOf(texts);
    const { found, lines } = await companies(csv(client, { refreshInSeconds: 60 }), 3, ["A"]);
    expect(found).toEqual([["old"], ["new"], ["new"]]);
    expect(asked).toMatchObject([{}, { IfNoneMatch: '"1"' }, { IfNoneMatch: '"2"' }]);
    expect(lines).toContainEqual(expect.stringContaining("could not be loaded anew"));
  });

  it("keeps its rows where the object is what it was, and without being told how often", async () => {
    const { asked, client } = bucketOf(["ticker,company\nA,Amazon"]);
    const again = await companies(csv(client, { refreshInSeconds: 60 }), 2, ["A"]);
    expect(again).toEqual({ found: [["Amazon"], ["Amazon"]], lines: [] });
    expect(asked).toHaveLength(2);
    const once = bucketOf(["ticker,company\nA,Amazon"]);
    await companies(csv(once.client), 3, ["A"]);
    expect(once.asked).toHaveLength(1);
  });

  it("fails the batch with the object's place where it never could be loaded, and with the row that cannot be read", async () => {
    const missing = bucketOf([new Error("The specified key does not exist.")]);
    await expect(companies(csv(missing.client))).rejects.toThrow(
      /s3:\/\/tables\/companies\.csv.*The specified key does not exist/,
    );
    const columns = [...recordColumns, { name: "SIZE", sqlType: "INTEGER", mapping: "$.size" }];
    const unfit = bucketOf(["ticker,company,size\nA,Amazon,1\nB,Bakery,few"]);
    await expect(companies(csv(unfit.client, { recordColumns: columns }))).rejects.toThrow(
      "The reference table COMPANIES: row 2 cannot be read.",
    );
  });

  it.each([undefined, "", "tables/companies.csv", "s3://tables", "s3://tables/"])(
    "refuses the place %j",
    (place) => {
      expect(() => s3Csv(place, { recordColumns })).toThrow("s3Csv: ");
    },
  );
});

describe("s3Json", () => {
  it.each([
    ["a document a line", '{"ticker":"A","company":"Amazon"}\n{"ticker":"B"}\n', {}],
    ["one list", '[{"ticker":"A","company":"Amazon"}]', {}],
    [
      "a document with its rows inside",
      '{\n  "rows": [\n    {"ticker":"A","company":"Amazon"}\n  ]\n}',
      { recordRowPath: "$.rows[0:]" },
    ],
    ["one with a byte order mark", '\uFEFF{"ticker":"A","company":"Amazon"}', {}],
  ])("reads %s", async (_, text, more) => {
    const { client } = bucketOf([text]);
    const table = s3Json("s3://tables/a/b.json", {
      recordColumns,
      client: client as never,
      ...more,
    });
    expect((await companies(table)).found).toEqual([["Amazon", null]]);
  });
});
