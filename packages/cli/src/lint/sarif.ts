/** What `shardmill lint --format sarif` prints: SARIF 2.1.0, which code scanning of GitHub and others reads. */
import { relative, sep } from "node:path";
import { version } from "../version.ts";
import { advice } from "./advice.ts";
import { checks } from "./checks.ts";
import type { Finding, LintResult } from "./reader.ts";

/** Findings are errors, advice is a note. Paths are relative to `cwd`, which is the repository in CI. */
export function sarifOf({ findings, advice: advised }: LintResult, cwd: string): string {
  const names = ["handler-not-found", "program-does-not-start", ...Object.keys(checks)];
  const rules = [...names, ...Object.keys(advice)].map((id) => ({ id }));
  const result = (level: "error" | "note") => (finding: Finding) => ({
    ruleId: finding.check,
    ruleIndex: rules.findIndex(({ id }) => id === finding.check),
    level,
    message: {
      text: `${finding.logicalId}: ${finding.what} ${finding.why} Change: ${finding.change}`,
    },
    locations: [{ physicalLocation: placeOf(finding, cwd) }],
  });
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "shardmill", version, rules } },
        results: [...findings.map(result("error")), ...advised.map(result("note"))],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function placeOf({ place: { file, line } }: Finding, cwd: string) {
  const uri = relative(cwd, file).split(sep).map(encodeURIComponent).join("/");
  return { artifactLocation: { uri }, ...(line !== undefined && { region: { startLine: line } }) };
}
