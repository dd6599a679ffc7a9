// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** Templates in YAML, with CloudFormation's tags. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseTemplate } from "../../../packages/local/src/template/document.ts";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read } from "./project.ts";

const parse = (text: string) => parseTemplate(text, "/a.yml").value;

describe("tags", () => {
  it.each([
    ["!Ref A", { Ref: "A" }],
    ["!GetAtt A.Arn", { "Fn::GetAtt": ["A", "Arn"] }],
    ["!GetAtt A.Outputs.Name", { "Fn::GetAtt": ["A", "Outputs.Name"] }],
    ["!GetAtt [A, Arn]", { "Fn::GetAtt": ["A", "Arn"] }],
    ["!Sub '${A}-b'", { "Fn::Sub": "${A}-b" }],
    ["!Sub ['${a}', { a: !Ref A }]", { "Fn::Sub": ["${a}", { a: { Ref: "A" } }] }],
    ["!Join ['', [a, !Ref A]]", { "Fn::Join": ["", ["a", { Ref: "A" }]] }],
    ["!If [C, 1, !Ref 'AWS::NoValue']", { "Fn::If": ["C", 1, { Ref: "AWS::NoValue" }] }],
    ["!Equals [a, b]", { "Fn::Equals": ["a", "b"] }],
    ["!Condition C", { Condition: "C" }],
    ["!ImportValue x", { "Fn::ImportValue": "x" }],
    ["!Select [0, !Split [',', 'a,b']]", { "Fn::Select": [0, { "Fn::Split": [",", "a,b"] }] }],
    ["!FindInMap [M, a, b]", { "Fn::FindInMap": ["M", "a", "b"] }],
    ["!Base64 a", { "Fn::Base64": "a" }],
  ])("%s", (text, expected) => {
    expect(parse(`value: ${text}`)).toEqual({ value: expected });
  });
});

it("of a key that is there twice the last counts, as for CloudFormation, and it is told once", async () => {
  const cwd = project({
    "template.yaml": `Resources:
  A: &a
    Type: AWS::Kinesis::Stream
    Properties:
      Name: first
      ShardCount: 2
      Name: last
  B: *a
`,
  });
  const said: string[] = [];
  const { streams } = await readTemplate({ cwd, log: (line) => said.push(line) });
  expect(streams.map(({ name, shards }) => [name, shards])).toEqual([
    ["last", 2],
    ["last", 2],
  ]);
  expect(said).toEqual([
    `${cwd}/template.yaml:7: The key Name is there twice, and CloudFormation takes the last.`,
  ]);
  expect(streams[0]!.place.line).toBe(2);
});

it("several maps that are merged in are no key that is there twice", () => {
  const text = "a: &a { x: 1 }\nb: &b { y: 2 }\nc:\n  <<: *a\n  <<: *b\n";
  const { twice, value } = parseTemplate(text, "/a.yml");
  expect(value).toMatchObject({ c: { x: 1, y: 2 } });
  expect(twice).toEqual([]);
});

it("a lone hyphen in a list is a text, as YAML 1.1 has it", () => {
  const text =
    "Code: |\n  [-, x]\nA: !Join [-, [a, !Select [0, !Split [ - , x-y]]]]\nB:\n  - [-1, '-', a-b]\nC: 1\n";
  expect(parse(text)).toEqual({
    Code: "[-, x]\n",
    A: { "Fn::Join": ["-", ["a", { "Fn::Select": [0, { "Fn::Split": ["-", "x-y"] }] }]] },
    B: [[-1, "-", "a-b"]],
    C: 1,
  });
  expect(parseTemplate(text, "/a.yml").lineOf(["C"])).toBe(6);
});

it("a date stays a string, as in policies", () => {
  expect(parse("Version: 2012-10-17")).toEqual({ Version: "2012-10-17" });
});

it("anchors, aliases and merge keys are written out", () => {
  const text =
    "a: &a { x: 1, y: 2 }\nb: *a\nc: { <<: *a, y: 3 }\nd: { y: 3, <<: [*a, { x: 9, z: 4 }] }";
  expect(parse(text)).toEqual({
    a: { x: 1, y: 2 },
    b: { x: 1, y: 2 },
    c: { x: 1, y: 3 },
    d: { x: 1, y: 3, z: 4 },
  });
});

it("YAML and JSON of one value are one template", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (value) => {
      fc.pre(!("<<" in value) && !JSON.stringify(value).includes('"<<"'));
      const json = JSON.parse(JSON.stringify(value));
      expect(parse(JSON.stringify(json))).toEqual(json);
      expect(parse(stringify(json))).toEqual(json);
    }),
  );
});

describe("lines", () => {
  const text = `Resources:
  Flights:
    Type: AWS::Kinesis::Stream
    Properties:
      Name: flights
`;

  it("each part stands on its line; what is not there, on that of what it would be in", () => {
    const { lineOf } = parseTemplate(text, "/a.yml");
    expect(lineOf(["Resources", "Flights"])).toBe(2);
    expect(lineOf(["Resources", "Flights", "Properties", "Name"])).toBe(5);
    expect(lineOf(["Resources", "Flights", "Properties", "ShardCount"])).toBe(4);
    expect(lineOf(["Nowhere"])).toBe(undefined);
  });

  it("what is merged in stands where it was written", () => {
    const merged = "a: &a\n  x: 1\nb: &b\n  y: 2\nc:\n  <<: [*a, *b]\n  z: 3\n";
    const { lineOf } = parseTemplate(merged, "/a.yml");
    expect(["x", "y", "z"].map((name) => lineOf(["c", name]))).toEqual([2, 4, 7]);
  });

  it("a property has its own line", async () => {
    const { streams } = await read(text);
    expect(streams[0]!.propertyPlaces).toMatchObject({ Name: { line: 5 } });
  });

  it("a resource's place is its line, in JSON too", async () => {
    expect((await read(text)).streams[0]!.place.line).toBe(2);
    const json = JSON.stringify({ Resources: { A: { Type: "AWS::Kinesis::Stream" } } }, null, 2);
    expect((await read(json)).streams[0]!.place.line).toBe(3);
  });

  it.each([
    ["a list that does not end", "Resources:\n  A: [1\nB: 2\n", 3],
    ["a key twice", "Resources:\n  A: 1\n  A: 2\n", 3],
    ["a tab", "Resources:\n\tA: 1\n", 2],
    ["JSON with a comma too many", '{\n "Resources": {\n  "A": 1,,\n }\n}', 3],
  ])("%s is refused with its line", async (_, text, line) => {
    await expect(read(text)).rejects.toThrow(new RegExp(`template\\.yaml:${line}: \\w`));
  });
});
