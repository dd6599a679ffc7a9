/** What a transformation adds to a cold start, bundled and minified, with the AWS SDK left to Lambda. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

async function bundle(source: string): Promise<{ readonly code: string; readonly size: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: source,
      loader: "ts",
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["@aws-sdk/*"],
    write: false,
  });
  const { contents, text } = outputFiles[0]!;
  return { code: text, size: gzipSync(contents, { level: 9 }).length };
}

const plain = `
  import { json } from "shardmill";
  import { firehoseTransform } from "shardmill/firehose";
  export const handler = firehoseTransform({ decode: json(), transform: (value) => value });
`;

const withBucket = `
  import { firehoseTransform } from "shardmill/firehose";
  import { s3Overflow } from "shardmill/s3";
  export const handler = firehoseTransform({ overflow: s3Overflow({ bucket: "b" }) });
`;

const withReingest = `
  import { firehoseTransform, reingest } from "shardmill/firehose";
  export const handler = firehoseTransform({ overflow: reingest() });
`;

it("a transformation brings neither the AWS SDK nor the consumer of streams along", async () => {
  const { code, size } = await bundle(plain);
  expect(code).not.toContain("@aws-sdk");
  expect(code).not.toContain("batchItemFailures");
  expect(code).not.toContain("PutRecordBatch");
  expect(size).toBeLessThanOrEqual(12_700);
});

it("an overflow brings its own client, and no other", async () => {
  const { code: bucket } = await bundle(withBucket);
  expect(bucket).toContain("@aws-sdk/client-s3");
  expect(bucket).not.toMatch(/@aws-sdk\/client-(firehose|kinesis)/);
  const { code: back } = await bundle(withReingest);
  expect(back).toContain('import("@aws-sdk/client-firehose")');
  expect(back).not.toContain("@aws-sdk/client-s3");
});
