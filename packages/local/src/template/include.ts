/**
 * `AWS::Include` written out, where its file is on this machine.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Path, readDocument, type TemplateDocument } from "./document.ts";
import { refuseAt } from "./refuse-at.ts";
import { withoutNulls } from "./shape.ts";

type Source = Record<string, any>;

const includeName = "AWS::Include";
const deepest = 10;

/** Of APIs and state machines. None runs here, and the file may be in a bucket, or in YAML that CloudFormation alone takes. */
const definitions = new Set(["Body", "Definition", "DefinitionBody"]);

/** The document with what it includes, and the files of that. Throws a `TemplateError`. */
export async function withIncludes(
  document: TemplateDocument,
): Promise<{ readonly document: TemplateDocument; readonly files: readonly string[] }> {
  const files = new Set<string>();
  const fail = refuseAt(document);

  async function included(location: unknown, path: Path, from: string): Promise<Source> {
    if (typeof location !== "string") return fail("AWS::Include takes a Location as a text.", path);
    const file = resolve(dirname(from), location);
    if (/^\w+:\/\//.test(location) || !existsSync(file)) {
      return fail(
        `${location} is not on this machine: keep the file beside the template, with its path as Location, which aws cloudformation package uploads.`,
        path,
      );
    }
    if (path.filter((step) => step === "Fn::Transform").length > deepest) {
      return fail(`${location} includes itself.`, path);
    }
    files.add(file);
    return (await expanded(withoutNulls((await readDocument(file)).value), path, file)) as Source;
  }

  async function expanded(value: unknown, path: Path, from: string): Promise<unknown> {
    if (Array.isArray(value)) {
      return Promise.all(value.map((item, at) => expanded(item, [...path, at], from)));
    }
    if (typeof value !== "object" || value === null) return value;
    const parts = await Promise.all(
      Object.entries<any>(value).map(async ([name, item]): Promise<Source> => {
        const at = [...path, name];
        if (definitions.has(name) && path.at(-1) === "Properties") return { [name]: item };
        return name === "Fn::Transform" && item?.Name === includeName
          ? included(item.Parameters?.Location, at, from)
          : { [name]: await expanded(item, at, from) };
      }),
    );
    return Object.assign({}, ...parts);
  }

  const { Transform: transforms, ...template } = (document.value ?? {}) as Source;
  const all: unknown[] = [transforms ?? []].flat();
  const whole = all.filter((one: any) => one?.Name === includeName) as Source[];
  if (whole.length === 0 && !JSON.stringify(template).includes(`"${includeName}"`)) {
    return { document, files: [] };
  }
  const others = all.filter((one) => !whole.includes(one as Source));
  const added = await Promise.all(
    whole.map(({ Parameters }) => included(Parameters?.Location, ["Transform"], document.file)),
  );
  const value = Object.assign(
    others.length > 0 ? { Transform: others } : {},
    await expanded(template, [], document.file),
    ...added,
  );
  return { document: { ...document, value }, files: [...files] };
}
