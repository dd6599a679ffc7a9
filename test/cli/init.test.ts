import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { initCommand } from "../../packages/cli/src/init/command.ts";
import { kinds } from "../../packages/cli/src/init/kinds.ts";
import { readTemplate } from "../../packages/local/src/template/index.ts";

const root = mkdtempSync(join(tmpdir(), "shardmill-init-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const emptyFolder = () => mkdtempSync(join(root, "in-"));
const names = kinds.map(({ name }) => name);

/** `answers`: what is typed on a terminal, line by line. Without, there is none. */
async function init(cwd: string, args: readonly string[], answers?: readonly string[]) {
  const said = { out: "", err: "", asked: "" };
  const input = new PassThrough();
  const output = new PassThrough();
  output.setEncoding("utf8").on("data", (text) => {
    said.asked += text;
    if (text.endsWith("] ")) input.write(`${left.shift() ?? ""}\n`);
  });
  const left = [...(answers ?? [])];
  const status = await initCommand(args, {
    out: { write: (text) => (said.out += text) },
    err: { write: (text) => (said.err += text) },
    ...{ cwd, terminal: answers && { input, output } },
  });
  return { status, ...said };
}

const files = (folder: string) => globSync("**/*", { cwd: folder, exclude: ["src"] }).sort();

test.each(names)(
  "%s: every file is told, has the project's name, and says what comes next",
  async (kind) => {
    const cwd = emptyFolder();
    const { status, out, err } = await init(cwd, ["my-orders", "--kind", kind, "--yes"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const written = [...out.matchAll(/^wrote {2}my-orders\/(.+)$/gm)].map(([, path]) => path!);
    expect(written).toContain("package.json");
    for (const path of written) {
      expect(readFileSync(join(cwd, "my-orders", path), "utf8")).not.toContain("shardmill-example");
    }
    expect(JSON.parse(readFileSync(join(cwd, "my-orders/package.json"), "utf8")).name).toBe(
      "my-orders",
    );
    expect(out).toContain("Next:\n  cd my-orders\n  npm install\n  npm test\n  npm run dev");
  },
);

test.each(["sam", "plain", "harness", "python"])(
  "%s: its template has a function that runs here and a mapping that reads its stream",
  async (kind) => {
    const cwd = emptyFolder();
    await init(cwd, ["--kind", kind, "--yes"]);
    const template = await readTemplate({ cwd });
    expect(template.functions).toHaveLength(1);
    expect(template.mappings).toHaveLength(1);
    expect(template.streams.map(({ name }) => name)).toEqual(["orders"]);
    expect(template.unsupported).toEqual([]);
  },
);

test("with --yes it is the Serverless Framework's, called as the folder", async () => {
  const cwd = emptyFolder();
  await init(cwd, ["Order Bills_2", "--yes"]);
  expect(readFileSync(join(cwd, "Order Bills_2/serverless.yml"), "utf8")).toMatch(
    /^service: order-bills-2\n/,
  );
});

test("on a terminal it asks for what the options leave open, again where an answer will not do", async () => {
  const cwd = emptyFolder();
  const { status, asked } = await init(cwd, [], ["smam", "2", "Not So", "billing"]);
  expect(status).toBe(0);
  expect(asked).toContain("there is no kind smam. Did you mean sam?");
  expect(asked).toContain("not Not So");
  expect(asked.match(/\] /g)).toHaveLength(4);
  expect(readFileSync(join(cwd, "template.yaml"), "utf8")).toContain("Description: billing");
  const told = await init(emptyFolder(), ["--kind", "sam", "--name", "billing"], []);
  expect(told).toMatchObject({ status: 0, asked: "" });
});

test("without a terminal it asks nothing, and says what is missing", async () => {
  const cwd = emptyFolder();
  const { status, err } = await init(cwd, []);
  expect(err).toContain(
    "to ask on: give --yes, or --kind with serverless, sam, cdk, plain, harness, python.",
  );
  expect(status).toBe(2);
  expect(files(cwd)).toEqual([]);
  expect((await init(cwd, ["--kind", "plain"])).status).toBe(0);
});

test("an input that ends before the answer writes nothing", async () => {
  const cwd = emptyFolder();
  const input = new PassThrough();
  const err = { text: "", write: (text: string) => (err.text += text) };
  input.end();
  const status = await initCommand([], {
    ...{ out: { write: () => {} }, err, cwd },
    terminal: { input, output: new PassThrough() },
  });
  expect({ status, said: err.text }).toEqual({
    status: 1,
    said: "shardmill init: nothing was written.\n",
  });
  expect(files(cwd)).toEqual([]);
});

test("a file that is there stays as it is; for a package.json the commands are said", async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "package.json"), '{"name":"mine"}');
  writeFileSync(join(cwd, "orders.ndjson"), "mine");
  const { out } = await init(cwd, ["--kind", "harness", "--yes"]);
  expect(readFileSync(join(cwd, "package.json"), "utf8")).toBe('{"name":"mine"}');
  expect(readFileSync(join(cwd, "orders.ndjson"), "utf8")).toBe("mine");
  expect(out).toContain("kept   package.json: it is there already\n");
  expect(out).toContain("kept   orders.ndjson: it is there already\n");
  expect(out).toContain("  npm pkg set type=module 'scripts.dev=shardmill dev'");
  expect(out).toContain("  npm install '@aws-lambda-powertools/batch@");
  expect(out).toContain("  npm install --save-dev '@shardmill/cli@");
});

test.each(["serverless.yml", "serverless.ts", "cdk.json", "template.yaml"])(
  "where a %s is, nothing is written",
  async (template) => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, template), "");
    const { status, err } = await init(cwd, ["--yes"]);
    expect(err).toContain(`there is a ${template} already, so nothing was written.`);
    expect(status).toBe(1);
    expect(existsSync(join(cwd, "package.json"))).toBe(false);
  },
);

test.each([
  [["--kind", "smam"], "there is no kind smam. Did you mean sam?"],
  [["--name", "A B"], "not A B."],
  [["a", "b"], "one folder, not b too."],
])("%j is refused", async (args, why) => {
  const { status, err } = await init(emptyFolder(), [...args, "--yes"]);
  expect(err).toContain(why);
  expect(status).toBe(2);
});
