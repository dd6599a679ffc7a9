/** serverless.yml is valid for Serverless Framework 4 too: its published types are its schema's. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { parseTemplate } from "../../packages/local/src/template/document.ts";

const yml = fileURLToPath(new URL("../../serverless.yml", import.meta.url));
const module = fileURLToPath(new URL("./service.ts", import.meta.url));

/** What the compiler says of a service as a literal of the published type. */
function complaints(service: unknown): string[] {
  const text = `import type { AWS } from "@serverless/typescript";\nexport const service: AWS = ${JSON.stringify(service, null, 2)};`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, version) =>
    name === module ? ts.createSourceFile(name, text, version) : getSourceFile(name, version);
  host.fileExists = (name) => name === module || fileExists(name);
  host.readFile = (name) => (name === module ? text : readFile(name));
  return ts
    .getPreEmitDiagnostics(ts.createProgram([module], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

it("serverless.yml has the type that Serverless Framework 4 publishes", async () => {
  const service = parseTemplate(await readFile(yml, "utf8"), yml).value as Record<string, unknown>;
  expect(complaints(service)).toEqual([]);
  expect(complaints({ ...service, provider: { name: "aws", runtime: "nodejs1" } })).not.toEqual([]);
  expect(complaints({ ...service, fonctions: {} })).not.toEqual([]);
});
