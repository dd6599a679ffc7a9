/** Functions that are not Node.js: where their code is, and what is said where it is not. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project } from "./project.ts";

async function read(Properties: object, files: Readonly<Record<string, string>>) {
  const Type = "AWS::Serverless::Function";
  const cwd = project({
    "template.yaml": {
      Transform: "AWS::Serverless-2016-10-31",
      Resources: { Fn: { Type, Properties } },
    },
    ...files,
  });
  for (const [file, content] of Object.entries(files)) {
    if (!file.endsWith("bootstrap")) continue;
    writeFileSync(join(cwd, file), content, "latin1");
    chmodSync(join(cwd, file), 0o755);
  }
  const { functions, unsupported } = await readTemplate({ cwd });
  const source = functions[0]?.source;
  const inside = (path: string) => path.slice(cwd.length + 1).replace(/\/$/, "");
  return {
    source: source && { ...source, file: inside(source.file), taskRoot: inside(source.taskRoot) },
    unsupported,
    why: unsupported[0]?.why.replaceAll(/\S*shop-\w+/g, "<here>"),
  };
}

/** The first bytes of a program for Linux. */
const elf = (machine: number) =>
  String.fromCharCode(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array(9).fill(0), 2, 0, machine, 0);

describe("a function in Python", () => {
  const python = { Runtime: "python3.12", CodeUri: "src/" };

  it.each([
    ["app.lambda_handler", "src/app.py"],
    ["orders/app.lambda_handler", "src/orders/app.py"],
    ["orders.app.lambda_handler", "src/orders/app.py"],
    ["orders.lambda_handler", "src/orders/__init__.py"],
  ])("%s is found in %s", async (Handler, file) => {
    const { source } = await read(
      { ...python, Handler },
      { [file]: "def lambda_handler(event, context): pass" },
    );
    expect(source).toEqual({
      ...{ kind: "python", version: "3.12", exportName: "lambda_handler" },
      ...{ file, taskRoot: "src", isBuilt: false },
    });
  });

  it("may import its handler", async () => {
    const from = { "src/app.py": "from orders import *" };
    expect((await read({ ...python, Handler: "app.handler" }, from)).source).toBeDefined();
  });

  it.each([
    ["ap.handler", "There is no ap.py in <here>/src. Did you mean app.handler?"],
    ["app.handler", "<here>/src/app.py has no handler. Did you mean lambda_handler?"],
    ["app", "The handler app names no function: it has no dot behind the module."],
  ])("whose handler is wrong (%s) is told of it", async (Handler, why) => {
    const files = { "src/app.py": "def lambda_handler(event, context): pass" };
    const found = await read({ ...python, Handler }, files);
    expect(found.source).toBeUndefined();
    expect(found.why).toBe(why);
    expect(found.unsupported[0]?.path).toBe("Properties.Handler");
  });
});

describe("a program called bootstrap", () => {
  const custom = { Runtime: "provided.al2023", Handler: "orders", CodeUri: "go/" };

  it.each([
    "go/bootstrap",
    ".aws-sam/build/Fn/bootstrap",
    "go/bin/orders/bootstrap",
    "go/bin/bootstrap",
    "go/target/lambda/orders/bootstrap",
  ])("is found where tools build it: %s", async (file) => {
    const { source } = await read(custom, { [file]: "#!/bin/sh\n" });
    expect(source).toMatchObject({
      ...{ kind: "custom", file, exportName: "", isBuilt: true },
      taskRoot: file.slice(0, -"/bootstrap".length),
    });
  });

  it("that is not there is to be built first", async () => {
    const { why } = await read(custom, {});
    expect(why).toBe(
      "There is no program bootstrap in <here>/go, nor where sam build puts it. Build it first; what is in an archive, unpack.",
    );
  });

  it("for another machine is refused, and for another than the template says told of", async () => {
    const machines = { x64: { own: 62, name: "x86_64" }, arm64: { own: 183, name: "arm64" } };
    const here = process.arch as "x64" | "arm64";
    const there = here === "x64" ? "arm64" : "x64";
    const foreign = await read(custom, { "go/bootstrap": elf(machines[there].own) });
    if (process.platform === "linux") expect(foreign.source).toBeUndefined();
    expect(foreign.why).toContain(`is built for ${machines[there].name}`);
    const Architectures = [machines[there].name];
    const own = elf(machines[here].own);
    const { source, unsupported } = await read(
      { ...custom, Architectures },
      { "go/bootstrap": own },
    );
    expect(source).toBeDefined();
    expect(unsupported).toMatchObject([
      {
        path: "Properties.Architectures",
        failsInLambda: true,
        why: expect.stringContaining("Set Architectures: ["),
      },
    ]);
    const right = { ...custom, Architectures: [machines[here].name] };
    expect((await read(right, { "go/bootstrap": own })).unsupported).toEqual([]);
  });
});

describe("another runtime", () => {
  it.each([
    ["ruby3.4", /which is not started here\..* exec bundle exec aws_lambda_ric/],
    ["dotnet8", /which is not started here\..*dotnet publish --self-contained/],
    [
      "java21",
      /There is no class a\.b in .*Build it first: mvn package, gradle build or sam build/,
    ],
    ["go1.x", /^Lambda has ended go1\.x\. Build a program called bootstrap/],
    [
      "cobol",
      /^It runs on cobol; only Node\.js, Python, Java and programs called bootstrap run here\.$/,
    ],
  ])("%s is refused with what to do", async (Runtime, why) => {
    const found = await read({ Runtime, Handler: "a.b" }, {});
    expect(found.source).toBeUndefined();
    expect(found.why).toMatch(why);
  });

  it("is started by a program bootstrap in its folder", async () => {
    const settings = { Runtime: "ruby3.4", Handler: "app.handler", CodeUri: "app/" };
    const { source } = await read(settings, { "app/bootstrap": "#!/bin/sh\n" });
    expect(source).toMatchObject({ kind: "custom", file: "app/bootstrap" });
  });
});

describe("a function in Java", () => {
  const settings = { Runtime: "java21", Handler: "shop.Orders::handle", CodeUri: "orders/" };

  it.each([
    ["the class of a build of SAM", ["orders/shop/Orders.class"], "orders/shop/Orders.class"],
    [
      "the class of a build beside the template",
      [".aws-sam/build/Fn/shop/Orders.class", "orders/pom.xml"],
      ".aws-sam/build/Fn/shop/Orders.class",
    ],
    [
      "what Maven has compiled",
      ["orders/target/classes/shop/Orders.class"],
      "orders/target/classes/shop/Orders.class",
    ],
    [
      "the jar of a build, not its sources nor what was shaded",
      ["orders/target/a-sources.jar", "orders/target/a.jar", "orders/target/original-a.jar"],
      "orders/target/a.jar",
    ],
    [
      "Gradle's jar",
      ["orders/build/libs/a.jar", "orders/build/libs/a-plain.jar"],
      "orders/build/libs/a.jar",
    ],
  ])("runs from %s", async (_, files, file) => {
    const { source } = await read(settings, Object.fromEntries(files.map((path) => [path, "x"])));
    expect(source).toMatchObject({
      ...{ kind: "java", version: "21", file, exportName: "shop.Orders::handle" },
    });
  });

  it("runs from the jar that its template names", async () => {
    const { source } = await read({ ...settings, CodeUri: "out/all.jar" }, { "out/all.jar": "x" });
    expect(source).toMatchObject({ kind: "java", file: "out/all.jar", taskRoot: "out" });
  });
});
