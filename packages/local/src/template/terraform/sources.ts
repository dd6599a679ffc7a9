/**
 * The `.tf` files beside a plan, as text: on which line a resource stands, and what stands behind the
 * equals sign, which the plan leaves out where an index is worked out or several values share a map.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Place } from "../types.ts";
import { type Instance, type Plan, stepsOf } from "./plan.ts";

export interface Sources {
  /** Of a resource, or of one of its arguments. */
  placeOf(instance: Instance, argument?: string): Place | undefined;
  /** `aws_dynamodb_table.orders.arn` for `TABLE = aws_dynamodb_table.orders.arn`, if that is all. */
  traversal(instance: Instance, argument: string): string | undefined;
  /** The same of a local value. */
  local(module: string, name: string): string | undefined;
}

interface SourceLine extends Place {
  readonly line: number;
  readonly text: string;
}

export function openSources(root: string, plan: Plan): Sources {
  const folders = new Map<string, readonly SourceLine[]>();
  const linesOf = (module: string): readonly SourceLine[] => {
    const steps = stepsOf(module);
    const key = steps.join(".");
    const known = folders.get(key);
    if (known) return known;
    let folder: string | undefined = root;
    for (let at = 1; at <= steps.length && folder !== undefined; at++) {
      const source: string = plan.moduleCall(steps.slice(0, at).join("."))?.source ?? "";
      folder = source.startsWith(".") ? resolve(folder, source) : undefined;
    }
    const lines = folder === undefined ? [] : linesIn(folder);
    folders.set(key, lines);
    return lines;
  };
  const blockOf = ({ module, type, name }: Instance) =>
    block(
      linesOf(module),
      new RegExp(`^\\s*resource\\s+"${escaped(type)}"\\s+"${escaped(name)}"\\s*\\{`),
    );
  const argumentIn = (lines: readonly SourceLine[], name: string) =>
    lines.find(({ text }) => new RegExp(`^\\s*"?${escaped(name)}"?\\s*[=:{]`).test(text));
  const traversalOf = (line: SourceLine | undefined) =>
    /[=:]\s*([a-z_][\w-]*(?:\.[\w-]+|\[[^\]]*\])+)\s*,?\s*(?:(?:#|\/\/).*)?$/i.exec(
      line?.text ?? "",
    )?.[1];
  return {
    placeOf(instance, argument) {
      const lines = blockOf(instance);
      const found = (argument && argumentIn(lines.slice(1), argument)) || lines[0];
      return found && { file: found.file, line: found.line };
    },
    traversal: (instance, argument) =>
      traversalOf(argumentIn(blockOf(instance).slice(1), argument)),
    local: (module, name) =>
      traversalOf(
        argumentIn(
          linesOf(module).filter(({ text }) => !/^\s*(resource|module|data)\b/.test(text)),
          name,
        ),
      ),
  };
}

/** Up to the brace that stands where the block begins, as `terraform fmt` puts it. */
function block(lines: readonly SourceLine[], begins: RegExp): readonly SourceLine[] {
  const start = lines.findIndex(({ text }) => begins.test(text));
  if (start < 0) return [];
  const indent = /^\s*/.exec(lines[start]!.text)![0];
  const end = lines.findIndex(({ text }, at) => at > start && text.startsWith(`${indent}}`));
  return lines.slice(start, end < 0 ? undefined : end);
}

function linesIn(folder: string): readonly SourceLine[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(tf|tofu)$/.test(name))
      .sort()
      .flatMap((name) => {
        const file = join(folder, name);
        return readFileSync(file, "utf8")
          .split("\n")
          .map((text, at) => ({ file, line: at + 1, text }));
      });
  } catch {
    // The plan was brought from elsewhere, without them.
    return [];
  }
}

const escaped = (text: string) => text.replace(/[^\w]/g, "\\$&");
