/** Code that a template has in S3 runs from its source, where that is plain. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { lint } from "../../../packages/cli/src/lint/lint.ts";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project } from "./project.ts";

const template = (S3Key: string) => ({
  Resources: {
    Fn: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Handler: "app.handler",
        Runtime: "python3.13",
        Code: { S3Bucket: "artifacts", S3Key },
      },
    },
  },
});
const app = "def handler(event, context): pass\n";
const reading = async (files: Readonly<Record<string, string>>, key = "builds/1234.zip") => {
  const cwd = project({ "template.json": template(key), ...files });
  const read = await readTemplate({ cwd });
  return { cwd, read, file: read.functions[0]?.source.file, why: read.unsupported[0]?.why };
};

it("the only folder that has its handler", async () => {
  const { cwd, file } = await reading({
    "services/billing/app.py": app,
    "node_modules/x/app.py": app,
  });
  expect(file).toBe(join(cwd, "services", "billing", "app.py"));
});

it("of several, the one of the archive's name", async () => {
  const files = { "billing/app.py": app, "refunds/app.py": app };
  const { cwd, file } = await reading(files, "builds/refunds.zip");
  expect(file).toBe(join(cwd, "refunds", "app.py"));
  expect((await reading(files)).why).toMatch(
    /^Its code is in S3\. Its source may be in .*billing or .*refunds\. Call shardmill from the folder of its source, and say the template with --template\.$/,
  );
});

it("where it is in none, lint does not say that it is missing in Lambda", async () => {
  const { read, why } = await reading({});
  expect(why).toMatch(/^Its code is in S3\. There is no app\.py in .*\. Call shardmill from/);
  const { findings, notChecked } = await lint(read, new AbortController().signal);
  expect(findings).toEqual([]);
  expect(notChecked).toMatchObject([{ path: "Properties.Code" }]);
});
