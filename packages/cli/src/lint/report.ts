/** What `shardmill lint` prints for a person. */

import { placeText, type Template, type Unsupported } from "@shardmill/local/rig";
import { counted } from "../terminal/counted.ts";
import type { Finding, LintResult } from "./reader.ts";

interface ReportOptions {
  readonly cwd: string;
  /** Whether each thing is said that was not checked. @default those alone that stand between a stream and its code */
  readonly verbose: boolean;
}

export function describeLint(
  result: LintResult,
  template: Template,
  { cwd, verbose }: ReportOptions,
): string {
  const { findings, advice, notChecked } = result;
  const told = verbose ? notChecked : notChecked.filter((one) => readsStream(template, one));
  const folded = notChecked.length - told.length;
  return [
    ...paragraphs(findings, "", cwd),
    ...paragraphs(advice, "advice: ", cwd),
    ...told.map(
      ({ logicalId, path, why, place }) =>
        `${placeText(place, cwd)}  ${[logicalId, path].filter(Boolean).join(" ")}: not checked. ${why}\n`,
    ),
    ...(folded > 0
      ? [`${counted(folded, "other thing")} of the template not checked: --verbose lists them.\n`]
      : []),
    ...sums(result, template),
  ].join("");
}

function sums({ findings, checked, withoutCode }: LintResult, { unsupported }: Template): string[] {
  const mappings = counted(checked, "mapping");
  const found = findings.length === 0 ? "Nothing" : String(findings.length);
  if (checked > 0) {
    const rest = withoutCode > 0 ? `; the code behind ${withoutCode} of them was not checked` : "";
    return [`${found} found in ${mappings}${rest}.\n`];
  }
  const others = unsupported.filter(({ type, path }) => type === mappingType && !path).length;
  const why =
    others === 0
      ? "it has no event source mapping"
      : `${others === 1 ? "its event source mapping is not" : `none of its ${others} event source mappings is`} known to read a stream of Kinesis`;
  return [
    ...(findings.length > 0 ? [`${found} found.\n`] : []),
    `Nothing in this template could be compared: ${why}.\n`,
  ];
}

const mappingType = "AWS::Lambda::EventSourceMapping";

/** Mappings, and functions that one leads to. */
function readsStream({ mappings, notHere }: Template, { logicalId, type }: Unsupported): boolean {
  if (type === mappingType || type === "AWS::Pipes::Pipe") return true;
  const all = [...mappings, ...(notHere?.mappings ?? [])];
  return all.some((mapping) => mapping.functionLogicalId === logicalId);
}

/** One for each thing that is found, with every place where it is. */
function paragraphs(findings: readonly Finding[], label: string, cwd: string): string[] {
  const alike = Map.groupBy(findings, ({ check, what, why, change }) =>
    [check, what, why, change].join("\n"),
  );
  return [...alike.values()].map((same) => {
    const { what, why, change } = same[0]!;
    const places = same.map(
      ({ check, logicalId, place }) => `${placeText(place, cwd)}  ${logicalId}  ${label}${check}\n`,
    );
    return `${places.join("")}  ${what}
  ${why}
  Change: ${change}

`;
  });
}
