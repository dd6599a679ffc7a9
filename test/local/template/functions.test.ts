/** Functions: their settings, and where their handlers stand. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { functionNamed, readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read } from "./project.ts";

const fn = (Properties: object) => ({
  Resources: {
    Fn: {
      Type: "AWS::Lambda::Function",
      Properties: { Handler: "a.handler", Runtime: "nodejs24.x", ...Properties },
    },
  },
});

/** The source of the function with this handler, among these files, relative to the project. */
async function sourceOf(Handler: string, files: readonly string[], Properties: object = {}) {
  const contents = Object.fromEntries(files.map((file) => [file, ""]));
  const cwd = project({ "template.yaml": fn({ Handler, ...Properties }), ...contents });
  const { functions, unsupported } = await readTemplate({ cwd });
  const source = functions[0]?.source;
  return source
    ? {
        ...source,
        file: source.file.slice(cwd.length + 1),
        taskRoot: source.taskRoot.slice(cwd.length + 1),
      }
    : unsupported[0]!.why.replace(/ in \S*shop-\S*\./, " here.");
}

describe("settings", () => {
  it("are those of the template", async () => {
    const { functions } = await read(
      fn({
        FunctionName: "departures",
        Timeout: "30",
        MemorySize: 512,
        ReservedConcurrentExecutions: 2,
        Role: "arn:aws:iam::123456789012:role/r",
        Environment: { Variables: { A: 1, B: true, C: "c" } },
      }),
    );
    expect(functions).toMatchObject([
      {
        logicalId: "Fn",
        name: "departures",
        arn: "arn:aws:lambda:us-east-1:123456789012:function:departures",
        handler: "a.handler",
        runtime: "nodejs24.x",
        timeout: 30,
        memorySize: 512,
        reservedConcurrentExecutions: 2,
        roleArn: "arn:aws:iam::123456789012:role/r",
        environment: { A: "1", B: "true", C: "c" },
      },
    ]);
  });

  it("or Lambda's defaults", async () => {
    const { functions } = await read(fn({}));
    expect(functions).toMatchObject([{ timeout: 3, memorySize: 128, environment: {} }]);
    expect(functions[0]).not.toHaveProperty("roleArn");
  });
});

describe("handlers", () => {
  it("are found in TypeScript, in a folder, under any export", async () => {
    expect(await sourceOf("handlers/departures.handler", ["handlers/departures.ts"])).toEqual({
      file: "handlers/departures.ts",
      exportName: "handler",
      taskRoot: "",
      isBuilt: false,
    });
    expect(await sourceOf("src/a.b.c", ["src/a.mts"])).toMatchObject({
      file: "src/a.mts",
      exportName: "b.c",
    });
  });

  it.each<[string, string, string[], string]>([
    ["TypeScript goes before JavaScript of the same name", "a.handler", ["a.js", "a.ts"], "a.ts"],
    ["JavaScript will do", "a.handler", ["a.mjs"], "a.mjs"],
    ["the source goes before its build", "dist/h/a.handler", ["dist/h/a.js", "h/a.ts"], "h/a.ts"],
    [
      "a build's source may be in src",
      "build/h/a.handler",
      ["build/h/a.js", "src/h/a.ts"],
      "src/h/a.ts",
    ],
    ["a build without a source is taken", "dist/a.handler", ["dist/a.js"], "dist/a.js"],
    [
      "a folder that is no build is one",
      "orders/a.handler",
      ["orders/a.js", "a.ts"],
      "orders/a.js",
    ],
  ])("%s", async (_, handler, files, file) => {
    expect(await sourceOf(handler, files)).toMatchObject({ file });
  });

  it("stand in the folder that Code names", async () => {
    expect(
      await sourceOf("a.handler", ["services/shop/a.ts", "a.ts"], { Code: "services/shop" }),
    ).toEqual({
      file: "services/shop/a.ts",
      exportName: "handler",
      taskRoot: "services/shop",
      isBuilt: false,
    });
  });

  it("of an output folder that Code names stand beside it, built already or not", async () => {
    for (const files of [["src/h/a.ts"], ["src/h/a.ts", "dist/h/a.js"]]) {
      expect(await sourceOf("h/a.handler", files, { Code: "dist" })).toMatchObject({
        file: "src/h/a.ts",
        taskRoot: files.length > 1 ? "dist" : "",
      });
    }
    expect(await sourceOf("a.handler", ["dist/a.js"], { Code: "dist" })).toMatchObject({
      file: "dist/a.js",
    });
    expect(await sourceOf("a.handler", ["a.ts"], { Code: "orders" })).toContain("There is no a.ts");
  });

  it("of code that is in S3 stand where the person works", async () => {
    const Code = { S3Bucket: "b", S3Key: "k" };
    const cwd = project({
      "infra/out.json": fn({ Handler: "src/a.handler", Code }),
      "src/a.ts": "",
    });
    const { functions, projectRoot } = await readTemplate({ cwd, file: "infra/out.json" });
    expect(functions[0]!.source.file).toBe(join(cwd, "src/a.ts"));
    expect(projectRoot).toBe(cwd);
  });

  it("that a path names stand beside the template, wherever that is", async () => {
    const there = project({ "out.json": fn({ Code: "src" }), "src/a.ts": "" });
    const cwd = project({ "a.ts": "" });
    const file = join(there, "out.json");
    const { functions, projectRoot } = await readTemplate({ cwd, file });
    expect(functions[0]!.source.file).toBe(join(there, "src/a.ts"));
    expect(projectRoot).toBe(there);
  });

  it("that are not there are named, with a near one", async () => {
    expect(await sourceOf("handlers/departure.handler", ["handlers/departures.ts"])).toBe(
      "There is no handlers/departure.ts, nor .js or .mjs, here. Did you mean handlers/departures.handler?",
    );
    expect(await sourceOf("handlers/departures.handler", [])).toBe(
      "There is no handlers/departures.ts, nor .js or .mjs, here. Create it, or change the handler.",
    );
    expect(await sourceOf("departures", ["departures.ts"])).toMatch(/names no export/);
  });
});

describe("code that is in no folder", () => {
  it("of the template itself is laid out under the handler's name, once", async () => {
    const cwd = project({ "template.yaml": fn({ Code: { ZipFile: "exports.handler = 1;" } }) });
    const [first, second] = [await readTemplate({ cwd }), await readTemplate({ cwd })];
    const { file, exportName, isBuilt } = first.functions[0]!.source;
    expect(file).toMatch(/\.shardmill\/code\/\w{16}\/a\.js$/);
    expect({ exportName, isBuilt }).toEqual({ exportName: "handler", isBuilt: false });
    expect(readFileSync(file, "utf8")).toBe("exports.handler = 1;");
    expect(second.functions).toEqual(first.functions);
    expect(readdirSync(join(cwd, ".shardmill/code"))).toHaveLength(1);
  });

  it("of an archive is unpacked, and nothing outside of it is written", async () => {
    const cwd = project({ "template.yaml": fn({ Code: "build/a.zip" }) });
    expect((await readTemplate({ cwd })).unsupported[0]!.why).toMatch(
      /build\/a\.zip, which is not there: build it first\.$/,
    );
    mkdirSync(join(cwd, "build"));
    const text = (content: string) => Buffer.from(content);
    writeFileSync(
      join(cwd, "build/a.zip"),
      zipSync({ "a.js": text("exports.handler = 2;"), "../../evil.js": text("") }),
    );
    const { file, isBuilt } = (await readTemplate({ cwd })).functions[0]!.source;
    expect(readFileSync(file, "utf8")).toBe("exports.handler = 2;");
    expect(isBuilt).toBe(true);
    expect(readdirSync(cwd).sort()).toEqual([".shardmill", "build", "template.yaml"]);
    expect(readdirSync(join(cwd, ".shardmill/code"))).toHaveLength(1);
  });
});

describe("what does not run here is named", () => {
  it.each<[string, object, string | undefined, RegExp]>([
    ["another runtime", { Runtime: "ruby3.4" }, "Properties.Runtime", /runs on ruby3\.4/],
    ["no runtime", { Runtime: undefined }, "Properties.Runtime", /runs on no runtime/],
    ["an image", { PackageType: "Image" }, undefined, /container image/],
    [
      "code in the template",
      { Runtime: "ruby3.4", Code: { ZipFile: "x" } },
      "Properties.Code.ZipFile",
      /stands in the template/,
    ],
    [
      "code elsewhere",
      { Handler: "b.handler", Code: "s3://bucket/key" },
      "Properties.Code",
      /^Its code is in S3\. There is no b\.ts.*Call shardmill from the folder of its source/,
    ],
  ])("%s", async (_, properties, path, why) => {
    const { functions, unsupported } = await read(fn(properties));
    expect(functions).toEqual([]);
    expect(unsupported).toMatchObject([
      { logicalId: "Fn", type: "AWS::Lambda::Function", why: expect.stringMatching(why) },
    ]);
    expect(unsupported[0]!.path).toBe(path);
    expect(unsupported[0]!.place.line).toBeGreaterThan(2);
  });

  it("layers, while the function runs", async () => {
    const { functions, unsupported } = await read(fn({ Layers: ["arn:aws:lambda:::layer:a:1"] }));
    expect(functions).toHaveLength(1);
    expect(unsupported).toMatchObject([
      { path: "Properties.Layers", why: "There are no layers here." },
    ]);
  });

  it("a mapping whose function does not run", async () => {
    const { mappings, unsupported } = await read({
      Resources: {
        ...fn({ Runtime: "ruby3.4", FunctionName: "ruby" }).Resources,
        M: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { FunctionName: { Ref: "Fn" }, EventSourceArn: "arn:aws:kinesis:::stream/s" },
        },
      },
    });
    expect(mappings).toEqual([]);
    expect(unsupported[1]).toMatchObject({
      logicalId: "M",
      why: "It invokes ruby, which does not run here.",
    });
  });
});

describe("functionNamed", () => {
  const template = () =>
    read({
      Resources: {
        ...fn({ FunctionName: "shop-departures" }).Resources,
        Ruby: { Type: "AWS::Lambda::Function", Properties: { Runtime: "ruby3.4" } },
      },
    });

  it("finds a function by its name and by its logical id", async () => {
    const found = await template();
    expect(functionNamed(found, "Fn")).toBe(found.functions[0]);
    expect(functionNamed(found, "shop-departures")).toBe(found.functions[0]);
  });

  it("suggests a near name, or says what there is, or why it does not run", async () => {
    const found = await template();
    expect(() => functionNamed(found, "shop-departure")).toThrow(
      /There is no function shop-departure\. Did you mean shop-departures\?$/,
    );
    expect(() => functionNamed(found, "billing")).toThrow(
      /There is no function billing\. There is Fn\.$/,
    );
    expect(() => functionNamed(found, "Ruby")).toThrow(/Ruby cannot run here\. It runs on ruby/);
  });

  it("says where the template is", async () => {
    const found = await template();
    expect(() => functionNamed(found, "billing")).toThrow(join("", "template.yaml"));
  });
});
