// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** AWS::Include takes what stands in another file. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project } from "./project.ts";

const include = (Location: string) => ({
  "Fn::Transform": { Name: "AWS::Include", Parameters: { Location } },
});
const stream = (Name: unknown) => ({ Type: "AWS::Kinesis::Stream", Properties: { Name } });

it("beside what stands there itself, in Resources and in a resource", async () => {
  const cwd = project({
    "template.json": {
      Resources: {
        ...include("more/streams.yaml"),
        A: { Type: "AWS::Kinesis::Stream", Properties: { ...include("name.json"), ShardCount: 2 } },
      },
    },
    "more/streams.yaml":
      "B:\n  Type: AWS::Kinesis::Stream\n  Properties: { Name: !Sub 'b-${AWS::Region}' }\n",
    "name.json": { Name: "a" },
  });
  const { streams, sources } = await readTemplate({ cwd });
  expect(streams.map(({ name, shards }) => [name, shards])).toEqual([
    ["b-us-east-1", 1],
    ["a", 2],
  ]);
  expect(sources).toEqual(
    ["template.json", "more/streams.yaml", "name.json"].map((path) => join(cwd, path)),
  );
});

it("as a transform of the whole template", async () => {
  const cwd = project({
    "template.json": {
      Transform: [{ Name: "AWS::Include", Parameters: { Location: "./rest.json" } }],
      Parameters: { Name: { Type: "String", Default: "orders" } },
    },
    "rest.json": { Resources: { A: stream({ Ref: "Name" }) } },
  });
  expect((await readTemplate({ cwd })).streams.map(({ name }) => name)).toEqual(["orders"]);
});

it("what is in S3, and what includes itself, is refused with what to do", async () => {
  const reading = (Location: string) =>
    readTemplate({
      cwd: project({
        "template.json": { Resources: { ...include(Location), A: stream("a") } },
        "loop.json": include("loop.json"),
      }),
    });
  await expect(reading("s3://shop/streams.yaml")).rejects.toThrow(
    /template\.json:\d+: Resources\.Fn::Transform: s3:\/\/shop\/streams\.yaml is not on this machine: keep the file/,
  );
  await expect(reading("loop.json")).rejects.toThrow(/loop\.json includes itself\./);
});

it("the definition of an API is left where it is: in a bucket, or in whatever YAML", async () => {
  const api = (DefinitionBody: unknown) => ({
    Type: "AWS::Serverless::Api",
    Properties: { StageName: "prod", DefinitionBody },
  });
  const cwd = project({
    "template.json": {
      Transform: "AWS::Serverless-2016-10-31",
      Resources: {
        Far: api(include("s3://shop/api.yaml")),
        Near: api(include("api.yaml")),
        A: stream("a"),
      },
    },
    "api.yaml": 'paths: "of a text that has no end',
  });
  const { streams, unsupported } = await readTemplate({ cwd });
  expect(streams.map(({ name }) => name)).toEqual(["a"]);
  expect(unsupported.map(({ logicalId }) => logicalId)).toEqual(["Far", "Near"]);
});

it("another macro is named, with what to do", async () => {
  const cwd = project({
    "template.json": { Resources: { A: stream({ "Fn::Transform": { Name: "Upper" } }) } },
  });
  const { unsupported } = await readTemplate({ cwd });
  expect(unsupported[0]?.why).toBe(
    "The macro Upper runs in CloudFormation only: write out here what it makes.",
  );
});
