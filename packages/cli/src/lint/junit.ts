/** What `shardmill lint --format junit` prints: a test case for each check of each mapping, as CI servers show them. */
import { placeText } from "@shardmill/local/rig";
import type { Finding, LintResult } from "./reader.ts";

/** What was found is a failure; what was not checked is skipped. A template without a mapping is an error. */
export function junitOf({ findings, notChecked, checked }: LintResult, cwd: string): string {
  const failed = findings.map(
    (
      finding,
    ) => `    <testcase classname="${escaped(finding.logicalId)}" name="${escaped(finding.check)}" file="${escaped(finding.place.file)}">
      <failure message="${escaped(finding.what)}">${escaped(textOf(finding, cwd))}</failure>
    </testcase>\n`,
  );
  const skipped = notChecked.map(
    ({ logicalId, path, why }) =>
      `    <testcase classname="${escaped(logicalId)}" name="${escaped(path ?? "checked")}"><skipped message="${escaped(why)}"/></testcase>\n`,
  );
  const nothing =
    checked === 0
      ? [
          '    <testcase classname="template" name="mappings"><error message="There was no event source mapping to check."/></testcase>\n',
        ]
      : [];
  const passed = checked > 0 && findings.length === 0 ? [passedCase(checked)] : [];
  const cases = [...failed, ...nothing, ...passed, ...skipped];
  const counts = `tests="${cases.length}" failures="${failed.length}" errors="${nothing.length}" skipped="${skipped.length}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="shardmill lint" ${counts}>
${cases.join("")}  </testsuite>
</testsuites>
`;
}

const passedCase = (checked: number) =>
  `    <testcase classname="template" name="mappings checked: ${checked}"/>\n`;

const textOf = ({ place, what, why, change }: Finding, cwd: string) =>
  `${placeText(place, cwd)}\n${what}\n${why}\nChange: ${change}`;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Without the characters that XML has no way to write. */
const escaped = (text: string) =>
  text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "?")
    .replace(/[&<>"]/g, (character) => entities[character]!);
