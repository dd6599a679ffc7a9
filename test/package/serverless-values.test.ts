/** Variables of the Serverless Framework that AWS would be asked for, by the framework itself. */
import { expect, test } from "vitest";
import { readTemplate } from "../../packages/local/src/template/index.ts";
import { project } from "../local/run/templates.ts";

const settings = `
service: orders
provider:
  name: aws
  region: \${opt:region, 'eu-west-1'}
  runtime: nodejs24.x
functions:
  billing:
    handler: a.handler
    environment:
      NAME: \${ssm:/orders/name}
      TABLE: \${cf:shop-dev.Table}
      OWN: \${aws:accountId}
    events:
      - stream: \${cf:shop-dev.Stream}
`;
const stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";

test("come from the file of values, and what is not in it is said", async () => {
  const values = {
    ssm: { "/orders/name": "o<1>" },
    cf: { "shop-dev.Table": "t", "shop-dev.Stream": stream },
  };
  const at = project({
    "serverless.yml": settings,
    "a.mjs": "export const handler = () => {};",
    "shardmill.values.json": JSON.stringify(values),
  });
  const { functions, mappings } = await readTemplate({ cwd: at.root });
  expect(functions[0]!.environment).toMatchObject({
    NAME: "o<1>",
    TABLE: "t",
    OWN: "123456789012",
  });
  expect(mappings[0]!.streamArn).toBe(stream);

  at.write("shardmill.values.json", JSON.stringify({ ...values, ssm: {} }));
  await expect(readTemplate({ cwd: at.root, region: "us-east-2" })).rejects.toThrow(
    /Give the value in shardmill\.values\.json: \{"ssm":/,
  );
}, 120_000);
