import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import { createS3, type S3Options, serveS3 } from "../../../packages/services/src/s3/index.ts";

export const credentials = { accessKeyId: "local", secretAccessKey: "local" };

export function temporaryFolder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "shardmill-test-")));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Buckets in a folder, their server, a client of it with default settings, and the bucket "orders". */
export async function served(options: S3Options = {}) {
  const directory = options.directory ?? temporaryFolder();
  const s3 = createS3({ directory, ...options });
  const server = await serveS3({ s3 });
  const client = new S3Client({ endpoint: server.endpoint, region: "us-east-1", credentials });
  await s3.createBucket("orders");
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return { s3, server, client, directory };
}
