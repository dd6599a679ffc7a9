// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** What is known in the cloud only, from the project's file of values. */
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, resolved, withVariables } from "./project.ts";

const file = {
  parameters: { Stage: "prod", OfAnother: "x" },
  imports: { "shop-orders": "arn:aws:kinesis:us-east-1:1:stream/orders" },
  ssm: { "/orders/name": "orders", "/orders/count": 3 },
  secretsmanager: { db: '{"user":"ann"}', plain: "p" },
};

const template = (value: unknown) => ({
  Parameters: {
    Stage: { Type: "String" },
    Stored: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/orders/name" },
  },
  Resources: withVariables({ value }),
});

async function withFile(value: unknown, values: object = file) {
  const cwd = project({
    ...{ "template.yaml": template(value), "shardmill.values.json": values },
    "a.ts": "export const handler = () => {};",
  });
  const { functions, unsupported } = await readTemplate({ cwd });
  return functions[0]?.environment.value ?? unsupported.map(({ why }) => why).join();
}

it.each([
  [{ Ref: "Stage" }, "prod"],
  [{ Ref: "Stored" }, "orders"],
  [{ "Fn::ImportValue": "shop-orders" }, "arn:aws:kinesis:us-east-1:1:stream/orders"],
  ["{{resolve:ssm:/orders/name:2}}", "orders"],
  ["a-{{resolve:ssm:/orders/name}}-{{resolve:ssm-secure:/orders/count}}", "a-orders-3"],
  [{ "Fn::Sub": "{{resolve:ssm:/orders/name}}-${Stage}" }, "orders-prod"],
  ["{{resolve:secretsmanager:db:SecretString:user}}", "ann"],
  ["{{resolve:secretsmanager:plain}}", "p"],
])("%j is what the file says", async (value, expected) => {
  expect(await withFile(value)).toBe(expected);
});

it("what the command line says goes before the file", async () => {
  const cwd = project({
    ...{ "template.yaml": template({ Ref: "Stage" }), "v.json": file },
    "a.ts": "export const handler = () => {};",
  });
  const { functions } = await readTemplate({
    cwd,
    values: "v.json",
    parameters: { Stage: "mine" },
  });
  expect(functions[0]!.environment.value).toBe("mine");
});

it("what is not in it is said as it would stand there", async () => {
  expect(await withFile("{{resolve:ssm:/b}}", {})).toContain(
    'Give its value in shardmill.values.json: {"ssm":{"/b":"…"}}',
  );
  expect(await withFile("{{resolve:secretsmanager:plain:SecretString:user}}")).toContain(
    "The secret plain in shardmill.values.json is no JSON with a member user.",
  );
  expect(await resolved("{{resolve:ssm:/b}}")).toBeUndefined();
});

it.each([
  ["{", /It cannot be read/],
  [[], /It is an object/],
  [{ sm: {} }, /It has a section sm. Did you mean ssm/],
  [{ ssm: ["a"] }, /ssm is an object of names and values/],
  [{ ssm: { a: {} } }, /ssm\.a is a text/],
])("a file of %j is refused", async (values, why) => {
  const cwd = project({ "template.yaml": template("x"), "shardmill.values.json": values });
  await expect(readTemplate({ cwd })).rejects.toThrow(why);
});

it("a file that is named and not there is refused", async () => {
  const cwd = project({ "template.yaml": template("x") });
  await expect(readTemplate({ cwd, values: "v.json" })).rejects.toThrow(/There is no such file/);
});
