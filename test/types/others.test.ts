/** The types of others: aws-lambda, middy, Powertools, zod, valibot, arktype. A program of its own, so that only this test waits for them. */
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "others");

it("handlers, events, loggers, metrics, middleware and schemas meet the types of those they are made for", () => {
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  expect(fileNames.length).toBeGreaterThan(1);
  const program = ts.createProgram(fileNames, options);
  // `npm run types` checks the program behind them.
  const wrong = fileNames
    .map((name) => program.getSourceFile(name)!)
    .flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map(({ file, messageText, start }) => {
      const line = file && file.getLineAndCharacterOfPosition(start!).line + 1;
      return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  expect(wrong).toEqual([]);
}, 180_000);
