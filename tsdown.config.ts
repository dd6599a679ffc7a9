import { defineConfig } from "tsdown";

const shared = { platform: "node", target: "node22", clean: true, fixedExtension: false } as const;

/** One source tree, two packages. */
export default defineConfig([
  {
    ...shared,
    entry: {
      index: "src/index.ts",
      dynamodb: "src/dynamodb/index.ts",
      firehose: "src/firehose/index.ts",
      kpl: "src/kpl/index.ts",
      s3: "src/s3/index.ts",
      sqs: "src/sqs/index.ts",
      testing: "src/testing/index.ts",
    },
    outDir: "dist",
    dts: true,
  },
  {
    ...shared,
    cwd: "packages/local",
    tsconfig: "../../tsconfig.json",
    entry: {
      index: "../../src/local/index.ts",
      cli: "../../src/cli/main.ts",
      // What the function hosts start, beside the module that starts it.
      "child-bootstrap": "../../src/local/lambda/hosts/child-bootstrap.ts",
      "worker-bootstrap": "../../src/local/lambda/hosts/worker-bootstrap.ts",
      "lint-child": "../../src/cli/lint-child.ts",
    },
    outDir: "dist",
    dts: true,
  },
]);
