/** The first example of docs/firehose-local.md, run as it stands. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

const page = fileURLToPath(new URL("../../../docs/firehose-local.md", import.meta.url));
const local = new URL("../../../packages/local/src/index.ts", import.meta.url).href;

test("The example of the page delivers what it says.", async () => {
  const folder = mkdtempSync(join(tmpdir(), "firehose-docs-"));
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(page, "utf8"))!;
  const module = join(folder, "example.ts");
  const runnable = code!
    .replace('"@shardmill/local"', JSON.stringify(local))
    .replace("out/archive", join(folder, "archive"));
  writeFileSync(module, `${runnable}\nexport { stream };\n`);
  try {
    const { stream } = await import(/* @vite-ignore */ pathToFileURL(module).href);
    expect(stream.counts).toMatchObject({ incoming: 1, delivered: 1 });
    expect(stream.trace).toMatchObject([{ type: "invocation" }, { type: "object" }]);
    const archive = join(folder, "archive", "day=monday");
    const [object] = readdirSync(archive);
    expect(gunzipSync(readFileSync(join(archive, object!))).toString()).toBe('{"id":1}\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
