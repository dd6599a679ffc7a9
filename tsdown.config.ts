import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsdown";
import { buildPage } from "./packages/cli/page/build.ts";

const shared = {
  platform: "node",
  target: "node22",
  clean: true,
  fixedExtension: false,
  outDir: "dist",
} as const;

const ofPackage = (name: string) => ({
  ...shared,
  cwd: `packages/${name}`,
  tsconfig: "../../tsconfig.json",
});

/** Three packages, each from its own sources; what they take from elsewhere in the repository goes in with them. */
export default defineConfig([
  {
    ...shared,
    entry: {
      index: "src/index.ts",
      dynamodb: "src/dynamodb.ts",
      firehose: "src/firehose.ts",
      forest: "src/forest.ts",
      kpl: "src/kpl.ts",
      producer: "src/producer.ts",
      s3: "src/s3.ts",
      sinks: "src/sinks.ts",
      scaling: "src/scaling.ts",
      sql: "src/sql.ts",
      sqs: "src/sqs.ts",
      testing: "src/testing.ts",
      video: "src/video.ts",
      windows: "src/windows.ts",
      worker: "src/worker.ts",
    },
    dts: true,
  },
  {
    ...ofPackage("local"),
    entry: {
      index: "src/index.ts",
      rig: "src/rig.ts",
      // What the function hosts, lint and the page start, beside the module that starts it.
      "child-bootstrap": "src/lambda/hosts/child-bootstrap.ts",
      "worker-bootstrap": "src/lambda/hosts/worker-bootstrap.ts",
      "lint-child": "src/lint/lint-child.ts",
      "reader-child": "src/reader/reader-child.ts",
    },
    dts: true,
  },
  {
    ...ofPackage("cli"),
    entry: { main: "src/main.ts" },
    deps: { neverBundle: ["@shardmill/local/rig"] },
    dts: false,
    // What the page of `dev` is made with goes in with it: who installs the command installs nothing more. So do the projects of `init`.
    async onSuccess() {
      cpSync(
        join(import.meta.dirname, "examples"),
        join(import.meta.dirname, "packages/cli/dist/examples"),
        {
          recursive: true,
          filter: (path) => !/node_modules|__pycache__|cdk\.out|\.shardmill/.test(path),
        },
      );
      const folder = join(import.meta.dirname, "packages/cli/dist/page");
      const { js, css } = await buildPage();
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "page.js"), js);
      writeFileSync(join(folder, "page.css"), css);
    },
  },
]);
