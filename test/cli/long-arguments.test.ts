/** What a command line, a template or a record says may be long: reading it takes a time that grows with its length. */
import { describe, expect, it } from "vitest";
import { fieldOf } from "../../packages/cli/src/input/partition-key.ts";
import { allows } from "../../packages/cli/src/lint/policy.ts";
import { planSettings } from "../../packages/cli/src/plan/settings.ts";
import { putSettings } from "../../packages/cli/src/put/settings.ts";
import { recordSettings } from "../../packages/cli/src/record/settings.ts";
import { replaySettings } from "../../packages/cli/src/replay/settings.ts";
import { processorTime } from "../processor-time.ts";

const long = "1".repeat(1_000_000);

/** How long it takes, in milliseconds. */
function timed(run: () => unknown): number {
  const began = processorTime();
  run();
  return processorTime() - began;
}

describe("a number of a million digits that is none is refused at once", () => {
  it.each<[string, (text: string) => unknown]>([
    ["plan --hottest-key", (text) => planSettings(["--hottest-key", text])],
    ["plan --rate", (text) => planSettings(["--rate", text])],
    ["replay --speed", (text) => replaySettings(["orders", "a", "--speed", text])],
    ["put --give-up-after", (text) => putSettings(["s", "a", "--give-up-after", text])],
    ["record --from", (text) => recordSettings(["s", "--from", text], 0)],
  ])("by %s", (_, read) => {
    for (const text of [
      `${long}!`,
      `.${long}!`,
      `${long}.`,
      `${long}e${long}!`,
      `${long}.${long}.`,
    ]) {
      const took = timed(() => expect(() => read(text)).toThrow(/takes|not/));
      expect(took).toBeLessThan(1000);
    }
  });
});

it.each<[string, string, unknown]>([
  ["digits", long, "digits"],
  ["an exponent without end", `1e${long}`, "digits"],
  ["a fraction without end", `1.${long}`, "digits"],
])("a partition key may be made of %s", (_, number) => {
  const data = Buffer.from(`{"id":${number}}`);
  let found: unknown;
  const took = timed(() => {
    found = fieldOf({ data } as never, "id");
  });
  expect(took).toBeLessThan(1000);
  expect(found).toBe(number);
});

describe("a policy's pattern", () => {
  const role = (resource: string, action = "kinesis:*") =>
    ({
      managedPolicyArns: [],
      statements: [
        {
          effect: "Allow",
          actions: [action],
          notActions: [],
          resources: [resource],
          notResources: [],
        },
      ],
    }) as unknown as Parameters<typeof allows>[0];

  it.each([
    ["*", "anything", true],
    ["arn:*:stream/orders", "arn:aws:kinesis:eu-west-1:1:stream/orders", true],
    ["arn:*:stream/orders", "arn:aws:kinesis:eu-west-1:1:stream/orders2", false],
    ["arn:aws:*", "brn:aws:x", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["ab*ba", "aba", false],
    ["ab*ba", "abba", true],
    ["*?", "", false],
    ["*?*a", "xa", true],
    ["*?*a", "a", false],
    ["**", "", true],
    ["a.c", "abc", false],
    ["[a]+(b)$", "[a]+(b)$", true],
    ["ABC", "abc", false],
    ["stream/a-*", "stream/a-\nb", true],
    ["x*?b", "xaab", true],
    ["", "", true],
    ["", "a", false],
  ])("%j of %j: %s", (pattern, resource, isAllowed) => {
    expect(allows(role(pattern), "kinesis:GetRecords", resource)).toBe(isAllowed);
  });

  it("has actions in whatever case", () => {
    expect(allows(role("*", "KINESIS:get*"), "kinesis:GetRecords", "a")).toBe(true);
  });

  it("of many asterisks takes no time to speak of", () => {
    for (const pattern of [
      `${"a*".repeat(1000)}b`,
      `${"*?".repeat(1000)}b`,
      `${"*a".repeat(1000)}*b`,
    ]) {
      const took = timed(() => allows(role(pattern), "kinesis:GetRecords", "a".repeat(4000)));
      expect(took).toBeLessThan(1000);
    }
  });
});
