// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** Templates that have no end, or that grow without measure, are refused with file, line and a sentence. */
import { describe, expect, it } from "vitest";
import { parseTemplate } from "../../../packages/local/src/template/document.ts";
import { processorTime } from "../../processor-time.ts";
import { read } from "./project.ts";

const parse = (text: string) => parseTemplate(text, "/a.yml").value;

/** Fails when it takes long, too. */
function refusal(work: () => unknown): string {
  const start = processorTime();
  try {
    work();
  } catch (error) {
    expect(processorTime() - start).toBeLessThan(10_000);
    expect((error as Error).name).toBe("TemplateError");
    return (error as Error).message;
  }
  throw new Error("It was taken.");
}

describe("aliases", () => {
  it.each([
    ["a list in itself", "a: &a [*a]", 1, "a"],
    ["a map in itself", "a: &a\n  b: 1\n  c: *a", 3, "a"],
    ["a map merged into itself", "a: &a\n  <<: *a", 2, "a"],
    ["a map far within itself", "a: &a\n  b: &b\n    - c:\n        - [1, *a]", 4, "a"],
    ["a tag in itself", "a: &a !Join\n  - ','\n  - *a", 3, "a"],
  ])("%s", (_, text, line, name) => {
    expect(refusal(() => parse(text))).toBe(
      `/a.yml:${line}: The alias *${name} stands within what it stands for, &${name}.`,
    );
  });

  it.each([
    ["a: *b", 1],
    ["a: 1\nb:\n  - &c 2\n  - *b\nd: &b 1", 4],
  ])("of an anchor that is not before them: %j", (text, line) => {
    expect(refusal(() => parse(text))).toBe(
      `/a.yml:${line}: There is no anchor &b before the alias *b.`,
    );
  });

  it("may be keys, and mean the last anchor before them", () => {
    expect(parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n*x : e")).toEqual({
      ...{ a: 1, b: 1, c: 2, d: 2 },
      2: "e",
    });
    expect(parse("a: &y [&x 1]\nb: &x 2\nc: *y\nd: *x")).toEqual({ a: [1], b: 2, c: [1], d: 2 });
    expect(parse("a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y")).toMatchObject({ d: [1] });
  });

  const nested = (levels: number, next: (name: string) => string) =>
    Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} ${next(`*a${i}`)}`).join("\n");
  it.each([
    ["lists", nested(20, (a) => `[${Array(9).fill(a).join(", ")}]`)],
    ["maps", nested(20, (a) => `{b: ${a}, c: ${a}, d: ${a}}`)],
    ["merged maps", nested(40, (a) => `{<<: [${a}, ${a}]}`)],
    ["strings in tags", nested(40, (a) => `!Join ["", [${a}, ${a}]]`)],
  ])("that multiply are refused at once: %s", (_, text) => {
    expect(refusal(() => parse(`a0: &a0 {x: 1}\n${text}`))).toMatch(
      /^\/a\.yml:\d+: Its aliases stand for more than 500000 values: write out fewer of them\.$/,
    );
  });

  it("that are many are not", () => {
    const uses = Array.from({ length: 10_000 }, (_, i) => `b${i}: *a`).join("\n");
    expect(Object.keys(parse(`a: &a {x: [1, 2, 3]}\n${uses}`) as object)).toHaveLength(10_001);
  });
});

describe("nesting", () => {
  const levels = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

  it.each([
    ["YAML", (depth: number) => `a:\n  ${levels(depth)}`, 2],
    ["JSON", (depth: number) => `{"a":\n${levels(depth)}}`, 2],
  ])("of %s is read to a depth of 256", (_, write, line) => {
    expect(parse(write(255))).toHaveProperty("a");
    expect(refusal(() => parse(write(256)))).toBe(
      `/a.yml:${line}: It is nested deeper than 256 levels.`,
    );
    for (const depth of [2_000, 20_000]) {
      expect(refusal(() => parse(write(depth)))).toContain("It is nested deeper than 256 levels.");
    }
  });

  it("of blocks, too", () => {
    const blocks = (depth: number) =>
      Array.from({ length: depth }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
    expect(parse(`${blocks(256)} 1`)).toHaveProperty("a");
    expect(refusal(() => parse(`${blocks(300)} 1`))).toBe(
      "/a.yml:257: It is nested deeper than 256 levels.",
    );
    expect(refusal(() => parse(`${blocks(3000)} 1`))).toContain("deeper than 256 levels.");
  });

  it("in strings counts for nothing", () => {
    const text = `{"a": ${JSON.stringify(`\\"${"[{".repeat(1000)}`)}}`;
    expect(parse(text)).toEqual(JSON.parse(text));
  });
});

it("many keys are not compared with each other", () => {
  const many = Array.from({ length: 50_000 }, (_, i) => `k${i}: ${i}`).join("\n");
  const start = processorTime();
  expect(Object.keys(parse(many) as object)).toHaveLength(50_000);
  expect(processorTime() - start).toBeLessThan(10_000);
});

describe("references", () => {
  const parameter = (name: string, Value: unknown) => ({
    [name]: { Type: "AWS::SSM::Parameter", Properties: { Value } },
  });
  const stream = (name: string, Name: unknown) => ({
    [name]: { Type: "AWS::Kinesis::Stream", Properties: { Name } },
  });
  const one = (Type: string, Properties: object) => ({ A: { Type, Properties } });
  const arn = { "Fn::GetAtt": ["A", "Arn"] };

  it.each<[string, object, RegExp]>([
    [
      "Ref",
      stream("A", { Ref: "A" }),
      /the name of A depends on itself: the name of A → the name of A\.$/,
    ],
    ["Fn::Sub", stream("A", { "Fn::Sub": "${A}" }), /the name of A depends on itself/],
    [
      "Fn::Sub's own",
      stream("A", { "Fn::Sub": ["${x}", { x: { Ref: "A" } }] }),
      /the name of A depends on/,
    ],
    ["Fn::GetAtt", stream("A", arn), /the name of A depends on itself/],
    [
      "two names",
      { ...stream("A", { Ref: "B" }), ...stream("B", { Ref: "A" }) },
      /the name of B depends on itself: the name of B → the name of A → the name of B\.$/,
    ],
    [
      "a function's alias",
      one("AWS::Lambda::Alias", { Name: "a", FunctionName: { Ref: "A" } }),
      /the FunctionName of A depends on itself: the FunctionName of A → the FunctionName of A\.$/,
    ],
    [
      "a consumer",
      one("AWS::Kinesis::StreamConsumer", { ConsumerName: "a", StreamARN: { Ref: "A" } }),
      /the StreamARN of A depends on itself/,
    ],
    [
      "a role",
      one("AWS::IAM::Role", { RoleName: "a", Path: arn }),
      /the Path of A depends on itself/,
    ],
    [
      "values",
      {
        ...parameter("A", { "Fn::GetAtt": ["B", "Value"] }),
        ...parameter("B", { "Fn::GetAtt": ["A", "Value"] }),
        ...stream("C", { "Fn::GetAtt": ["A", "Value"] }),
      },
      /the Value of A depends on itself: the Value of A → the Value of B → the Value of A\.$/,
    ],
  ])("that need themselves: %s", async (_, Resources, message) => {
    const used = Object.keys(Resources)[0]!;
    const all = { ...Resources, ...stream("Used", { "Fn::Sub": `\${${used}}` }) };
    const reading = read({ Resources: all });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(/template\.yaml:\d+: Resources\.[AB]\.Properties\./);
  });

  it("of conditions that need each other", async () => {
    const not = (Condition: string) => ({ "Fn::Not": [{ Condition }] });
    const Resources = { A: { Type: "AWS::Kinesis::Stream", Condition: "C" } };
    await expect(read({ Conditions: { C: not("D"), D: not("C") }, Resources })).rejects.toThrow(
      /the condition C depends on itself: the condition C → the condition D → the condition C\.$/,
    );
  });

  it("in Mappings are refused, as CloudFormation does", async () => {
    const Mappings = { M: { a: { b: { "Fn::FindInMap": ["M", "a", "b"] } } } };
    const Resources = stream("A", { "Fn::FindInMap": ["M", "a", "b"] });
    await expect(read({ Mappings, Resources })).rejects.toThrow(
      /template\.yaml:5: Mappings\.M\.a\.b: a mapping has strings, or lists of them, and no functions\.$/,
    );
  });

  it("in a chain longer than a template may have resources are refused", async () => {
    const chain = (length: number) => ({
      Resources: Object.assign(
        {},
        ...Array.from({ length }, (_, i) => stream(`A${i}`, { "Fn::Sub": `\${A${i + 1}}` })),
        stream(`A${length}`, "orders"),
      ),
    });
    const { streams } = await read(chain(400));
    expect(streams[0]).toMatchObject({ name: "orders" });
    await expect(read(chain(600))).rejects.toThrow(/a chain of more than 500 references\.$/);
  });

  it("that multiply are refused: texts", async () => {
    const Resources = Object.assign(
      stream("A0", "orders"),
      ...Array.from({ length: 40 }, (_, i) =>
        stream(`A${i + 1}`, { "Fn::Sub": `\${A${i}}\${A${i}}` }),
      ),
    );
    await expect(read({ Resources })).rejects.toThrow(/This makes a text of \d+ characters\.$/);
  });

  it("that multiply are refused: lists", async () => {
    const twice = (name: string) => [
      { "Fn::GetAtt": [name, "Value"] },
      { "Fn::GetAtt": [name, "Value"] },
    ];
    const Resources = Object.assign(
      parameter("A0", "x"),
      ...Array.from({ length: 40 }, (_, i) =>
        parameter(`A${i + 1}`, { "Fn::ToJsonString": twice(`A${i}`) }),
      ),
      stream("Last", { "Fn::GetAtt": ["A40", "Value"] }),
    );
    await expect(read({ Resources })).rejects.toThrow(/This makes a text of \d+ characters\.$/);
  });
});

it.each([
  ["Fn::Sub", { "Fn::Sub": "${".repeat(500_000) }],
  ["a dynamic reference", "{{resolve:".repeat(100_000)],
  ["braces", `{{resolve:${"{".repeat(1_000_000)}`],
])("a megabyte that nearly is a reference takes no time to speak of: %s", async (_, value) => {
  const start = processorTime();
  const Resources = { A: { Type: "AWS::SNS::Topic", Properties: { DisplayName: value } } };
  expect((await read({ Resources })).topics).toHaveLength(1);
  expect(processorTime() - start).toBeLessThan(10_000);
});
