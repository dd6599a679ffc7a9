import { expect, test } from "vitest";
import { datePattern } from "../../../packages/services/src/firehose/prefix/date-pattern.ts";
import { lambdaProcessor, processing, rig, toS3 } from "./rig.ts";

const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 } };

/** The key of the one object that is written of records put at this moment. */
async function keyFor(settings: object, at: string, { later = 0 } = {}) {
  const { stream, put, keys, clock } = rig(toS3({ ...hints, ...settings }));
  await clock.advance(Date.parse(at) - clock.now());
  put("oldest");
  await clock.advance(later);
  put("younger");
  await stream.drain();
  expect(keys()).toHaveLength(1);
  return keys()[0]!;
}

const suffix = "orders-1-2018-08-27-10-30-00-[0-9a-f-]{36}";
const at = "2018-08-27T10:30:00Z";
const failures = { ErrorOutputPrefix: "failed/!{firehose:error-output-type}/" };

test.each([
  ["no prefix", {}, "2018/08/27/10/"],
  [
    "a prefix without expressions, which gets the date and no slash",
    { Prefix: "orders" },
    "orders2018/08/27/10/",
  ],
  ["a prefix that ends with a slash", { Prefix: "orders/" }, "orders/2018/08/27/10/"],
  [
    "a prefix with a time, which gets nothing more",
    { Prefix: "p/!{timestamp:yyyy/MM/dd}/", ...failures },
    "p/2018/08/27/",
  ],
  [
    "Hive's folders",
    { Prefix: "year=!{timestamp:yyyy}/day=!{timestamp:DDD}/", ...failures },
    "year=2018/day=239/",
  ],
  [
    "text within a pattern",
    { Prefix: "!{timestamp:'year='yyyy'/month='MM}/", ...failures },
    "year=2018/month=08/",
  ],
  ["names of months and days", { Prefix: "!{timestamp:EEE-MMM-d}/", ...failures }, "Mon-Aug-27/"],
  [
    "a random string alone",
    { Prefix: "a/!{firehose:random-string}", ...failures },
    "a/[A-Za-z0-9]{11}",
  ],
  [
    "two random strings, which differ",
    { Prefix: "!{firehose:random-string}/!{firehose:random-string}/", ...failures },
    "(\\w{11})/(?!\\1)\\w{11}/",
  ],
])("T5: the keys of %s.", async (_, settings, prefix) => {
  expect(await keyFor(settings, at)).toMatch(new RegExp(`^${prefix}${suffix}$`));
});

test("T5: the time is that at which the oldest record of the object arrived, in all its uses.", async () => {
  const settings = { Prefix: "!{timestamp:HH}/!{timestamp:mm-ss}/", ...failures };
  const key = await keyFor(settings, "2026-03-01T23:59:59Z", { later: 30_000 });
  expect(key).toMatch(/^23\/59-59\/orders-1-2026-03-01-23-59-59-/);
});

test("T5: a time zone of one's own holds for the prefix, and for the suffix.", async () => {
  const settings = {
    Prefix: "!{timestamp:yyyy/MM/dd/HH XX}/",
    CustomTimeZone: "Asia/Tokyo",
    ...failures,
  };
  expect(await keyFor(settings, "2026-03-01T20:00:00Z")).toMatch(
    /^2026\/03\/02\/05 \+0900\/orders-1-2026-03-02-05-00-00-/,
  );
  expect(await keyFor({ CustomTimeZone: "America/New_York" }, "2026-07-01T03:00:00Z")).toMatch(
    /^2026\/06\/30\/23\/orders-1-2026-06-30-23/,
  );
});

test("T5: a failure object has the time zone of one's own in its prefix and its suffix.", async () => {
  const settings = { CustomTimeZone: "Asia/Tokyo", ...processing(lambdaProcessor()) };
  const { stream, put, keys, clock } = rig(toS3(settings), {
    invoke: ({ records }) => ({
      records: records.map(({ recordId }) => ({ recordId, result: "ProcessingFailed" })),
    }),
  });
  await clock.advance(Date.parse("2026-03-01T20:00:00Z") - clock.now());
  put("a");
  await stream.drain();
  expect(keys()).toEqual([
    expect.stringMatching(/^processing-failed\/2026\/03\/02\/05\/orders-1-2026-03-02-05-\d\d-/),
  ]);
});

test("T5: an empty CustomTimeZone is UTC.", async () => {
  expect(await keyFor({ CustomTimeZone: "" }, at)).toMatch(
    /^2018\/08\/27\/10\/orders-1-2018-08-27-10-30/,
  );
});

test.each([
  ["failed/!{firehose:error-output-type}/", "failed/processing-failed/"],
  ["failed/", "failed/processing-failed/2018/08/27/10/"],
  ["failed-", "failed-processing-failed/2018/08/27/10/"],
  ["!{timestamp:yyyy}/!{firehose:error-output-type}-", "2018/processing-failed-"],
])("T5: failures under the error prefix %s.", async (ErrorOutputPrefix, prefix) => {
  const { stream, put, keys, clock } = rig(
    toS3({ ErrorOutputPrefix, ...processing(lambdaProcessor()) }),
    { invoke: () => ({ records: [] }) },
  );
  await clock.advance(Date.parse(at) - clock.now());
  put("a");
  await stream.drain();
  expect(keys()).toEqual([expect.stringMatching(new RegExp(`^${prefix}${suffix}$`))]);
});

test("T5: an extension replaces that of the compression.", async () => {
  const own = { CompressionFormat: "GZIP", FileExtension: ".json.gz" };
  expect(await keyFor(own, at)).toMatch(/[0-9a-f]{12}\.json\.gz$/);
  expect(await keyFor({ CompressionFormat: "GZIP" }, at)).toMatch(/[0-9a-f]{12}\.gz$/);
});

test.each([
  ["Prefix", { Prefix: "!{timestamp:yyyy}/" }, "cannot be null when Prefix contains expressions"],
  ["Prefix", { Prefix: "!{timestamp:yyyy", ...failures }, "has no end"],
  ["Prefix", { Prefix: "!{timestamp:!{x}", ...failures }, "stands inside of an expression"],
  ["Prefix", { Prefix: "!{yyyy}", ...failures }, "has no namespace"],
  ["Prefix", { Prefix: "!{date:yyyy}", ...failures }, 'the namespace "date" is not one of'],
  ["Prefix", { Prefix: "!{firehose:uuid}", ...failures }, "neither"],
  ["Prefix", { Prefix: "!{timestamp:yyyy/bb}", ...failures }, "Unknown pattern letter: b"],
  ["Prefix", { Prefix: "!{timestamp:DDDD}", ...failures }, "Too many pattern letters: DDDD"],
  ["Prefix", { Prefix: "!{timestamp:'yyyy}", ...failures }, "A quote is not closed"],
  [
    "Prefix",
    { Prefix: "!{firehose:error-output-type}", ...failures },
    "may stand in ErrorOutputPrefix only",
  ],
  ["Prefix", { Prefix: "!{partitionKeyFromQuery:a}", ...failures }, "need dynamic partitioning"],
  [
    "ErrorOutputPrefix",
    { ErrorOutputPrefix: "!{timestamp:yyyy}" },
    "must include !{firehose:error-output-type}",
  ],
  [
    "ErrorOutputPrefix",
    { ErrorOutputPrefix: "!{partitionKeyFromLambda:a}" },
    "may stand in Prefix only",
  ],
  ["CustomTimeZone", { CustomTimeZone: "Mars/Olympus" }, "is not known"],
  ["Prefix", { Prefix: "x".repeat(500) }, "more than 512"],
  [
    "ErrorOutputPrefix",
    { ErrorOutputPrefix: `${"x".repeat(500)}!{firehose:error-output-type}` },
    "more than 512",
  ],
  ["FileExtension", { FileExtension: "gz" }, "must be a period"],
])("T5: %s of %j is refused.", (property, settings, why) => {
  expect(() => rig(toS3(settings))).toThrow(property);
  expect(() => rig(toS3(settings))).toThrow(why);
});

/** What Java's DateTimeFormatter writes, with Locale.US. */
test.each([
  ["yyyy-MM-dd'T'HH:mm:ss.SSSX", "UTC", "2026-02-28T04:05:06.789Z"],
  ["yy M d H m s S", "UTC", "26 2 28 4 5 6 7"],
  ["uuuu D DDD", "UTC", "2026 59 059"],
  ["MMMM MMM MMMMM", "UTC", "February Feb F"],
  ["EEEE EEE EEEEE e", "UTC", "Saturday Sat S 7"],
  ["h a K k", "UTC", "4 AM 4 4"],
  ["Q QQQ QQQQ", "UTC", "1 Q1 1st quarter"],
  ["YYYY-'W'ww", "UTC", "2026-W09"],
  ["W F", "UTC", "4 7"],
  ["n A N", "UTC", "789000000 14706789 14706789000000"],
  ["XXX xx Z ZZZZ ZZZZZ O", "Asia/Kolkata", "+05:30 +0530 +0530 GMT+05:30 +05:30 GMT+5:30"],
  ["X x XX z VV", "UTC", "Z +00 Z UTC UTC"],
  ["G GGGG", "UTC", "AD Anno Domini"],
  ["'' 'o''clock'", "UTC", "' o'clock"],
])("The pattern %s in %s.", (pattern, zone, expected) => {
  expect(datePattern(pattern, zone)(Date.UTC(2026, 1, 28, 4, 5, 6, 789))).toBe(expected);
});

test("Weeks of the year begin on Sunday, and the first has January 1.", () => {
  const week = datePattern("YYYY-ww", "UTC");
  expect(week(Date.UTC(2016, 1, 25, 13))).toBe("2016-09");
  expect(week(Date.UTC(2026, 11, 27))).toBe("2027-01");
  expect(week(Date.UTC(2026, 11, 26))).toBe("2026-52");
  expect(week(Date.UTC(2027, 0, 1))).toBe("2027-01");
});
