import fc from "fast-check";
import { json } from "shardmill";
import { drop, fail, firehoseTransform } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { expect, it } from "vitest";
import { bytesOf, idsIn, keepingOverflow, world } from "./world.ts";

/** What a transform does with a record. */
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.record({ inflate: fc.oneof(fc.nat(40), fc.nat(900), fc.nat(5000)) }) },
  { weight: 2, arbitrary: fc.record({ several: fc.array(fc.nat(200), { maxLength: 4 }) }) },
  fc.constantFrom("drop", "fail", "throw", "reject", "undefined", "hang", "late"),
);
type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never;

const letters = (size: number) => "é".repeat(size >> 1) + "x".repeat(size & 1);

it("delivered, dropped, failed and overflowed records are together exactly the input, in a response within its limit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fate, fc.boolean()), { maxLength: 25 }),
      fc.constantFrom(undefined, "", "\n", "|é|"),
      fc.boolean(),
      fc.integer({ min: 4000, max: 9000 }),
      fc.boolean(),
      fc.constantFrom("direct", "kinesis", "msk"),
      async (fates, delimiter, trailingDelimiter, maxResponseBytes, hasPartition, source) => {
        const { clock, context, finish, metrics, runtime } = world();
        const kept = keepingOverflow(({ data }) => data.length % 2 === 0);
        const handler = firehoseTransform({
          decode: json(),
          runtime,
          maxResponseBytes,
          trailingDelimiter,
          concurrency: 3,
          ...(delimiter === undefined ? {} : { delimiter }),
          ...(hasPartition
            ? { partitionBy: (value: unknown) => ({ "tag é": String(value)[0] ?? "-" }) }
            : {}),
          overflow: kept.overflow,
          transform(place) {
            const [own, isAsync] = fates[place as number]!;
            const answer = () => transformAs(own, clock);
            return isAsync ? Promise.resolve().then(answer) : answer();
          },
        });
        const event = firehoseEvent(
          fates.map((_, place) => place),
          { source },
        );
        const response = await finish(handler(event, context(10_000)));

        expect(idsIn(response)).toEqual(idsIn(event));
        const bytes = bytesOf(response);
        expect(bytes).toBeLessThanOrEqual(maxResponseBytes);
        const [counts] = metrics();
        expect(counts!.ResponseBytes).toBe(bytes);
        const by = (wanted: string) =>
          response.records
            .filter(({ result }) => result === wanted)
            .map(({ recordId }) => recordId);
        expect(counts!.Delivered).toBe(by("Ok").length);
        expect(counts!.Dropped + counts!.Overflowed).toBe(by("Dropped").length);
        expect(counts!.Failed + counts!.Unreached).toBe(by("ProcessingFailed").length);
        expect(counts!.Received).toBe(event.records.length);

        // What overflowed is somewhere else, and is not answered in a way that would deliver or fail it too.
        const taken = kept.taken.map(({ recordId }) => recordId);
        expect(new Set(taken).size).toBe(taken.length);
        expect(by("Dropped")).toEqual(expect.arrayContaining(taken));
        response.records.forEach((record, place) => {
          const [own] = fates[place]!;
          expect(own).toSatisfy((own: Fate) => isRightly(record, own, taken));
          if (record.result === "Ok") {
            const payload = Buffer.from((record.data ?? record.kafkaRecordValue)!, "base64");
            expect(payload.toString()).toBe(expected(own, delimiter ?? "\n", trailingDelimiter));
          } else {
            expect(Object.keys(record)).toEqual(["recordId", "result"]);
          }
        });
      },
    ),
    { numRuns: 150 },
  );
});

type Clock = ReturnType<typeof world>["clock"];

function transformAs(fate: Fate, clock: Clock) {
  if (fate === "drop") return drop();
  if (fate === "fail") return fail("no");
  if (fate === "throw") throw new Error("no");
  if (fate === "reject") return Promise.reject(new Error("no"));
  if (fate === "undefined") return undefined as never;
  if (fate === "hang") return new Promise<string>(() => {});
  if (fate === "late") return clock.sleep(60_000).then(() => "late");
  if ("inflate" in fate) return letters(fate.inflate);
  return fate.several.map(letters);
}

/** Whether a record with this fate may be answered so. */
function isRightly(
  { recordId, result }: { recordId: string; result: string },
  fate: Fate,
  taken: readonly string[],
): boolean {
  if (result === "Ok") return typeof fate === "object";
  // Where others hang, anything may not be reached.
  if (result === "ProcessingFailed") return true;
  if (taken.includes(recordId)) return typeof fate === "object";
  return fate === "drop" || expected(fate, "", false) === "";
}

function expected(fate: Fate, delimiter: string, isTrailing: boolean): string {
  if (typeof fate !== "object") return "";
  const values = "inflate" in fate ? [fate.inflate] : fate.several;
  return values
    .map(letters)
    .map((value, place) => {
      const isLast = place === values.length - 1;
      return (isLast && !isTrailing) || value.endsWith(delimiter) ? value : value + delimiter;
    })
    .join("");
}
