/** docs/events.md is made from the types of the events. `vitest run test/docs/events -u` writes it anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const files = [
  "packages/cli/src/events/dev-event.ts",
  "packages/local/src/run/events.ts",
  "packages/local/src/lambda/hosts/runtime/settled.ts",
  "packages/local/src/reader/reading.ts",
];

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

const declarations = new Map<string, Declaration>(
  files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    return source.statements
      .filter(
        (one): one is Declaration =>
          ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one),
      )
      .map((one) => [one.name.text, one] as const);
  }),
);

const intro = `# Events

\`shardmill dev --json\` prints what happens as JSON, one event a line; its page shows the same. \`type\` says which event it is. Times
are epoch milliseconds, durations milliseconds. What is in **bold** is always there.

\`\`\`sh
shardmill dev --json | jq 'select(.type == "fates") | .records[] | select(.outcome != "processed") | .why'
\`\`\`

The events of one invocation have its \`requestId\`: \`delivering\`, then \`log\` lines, \`fates\` and \`parked\`, then \`batch\`. Whoever
needs them together goes by that, not by their order: the reasons in \`fates\` are looked up in the progress log, which may take longer
than the rest. The retries of a batch have one \`requestId\`; a half, or what a partial response left, has its own, and names as its
\`parent\` the one that it was a part of. Fields may be added; a program leaves alone what it does not know.`;

const union = (name: string) => {
  const { type } = declarations.get(name) as ts.TypeAliasDeclaration;
  return (type as ts.UnionTypeNode).types.map((one) => one.getText());
};

function page(): string {
  const names = union("DevEvent");
  return [
    intro,
    ...names.map((name) => section(typeOf(name), name)),
    section("A record in `fates`", "Fate"),
    section("A window in `windows`", "ReadWindow"),
    section("An error", "ErrorTold"),
    "",
  ].join("\n\n");
}

const typeOf = (name: string) => {
  const type = members(name)
    .find((one) => one.name.getText() === "type")!
    .type!.getText();
  return `\`${type.slice(1, -1)}\``;
};

function section(title: string, name: string): string {
  const rows = members(name).filter((one) => !(one.name.getText() === "type" && title[0] === "`"));
  return [
    `## ${title}`,
    docOf(declarations.get(name)!),
    ["| field | type | meaning |", "|---|---|---|", ...rows.map(row)].join("\n"),
  ].join("\n\n");
}

/** Its own, and those of what it is made from. */
function members(name: string): ts.PropertySignature[] {
  const one = declarations.get(name);
  if (!one) throw new Error(`There is no type ${name}.`);
  if (ts.isTypeAliasDeclaration(one)) {
    return ts.isTypeReferenceNode(one.type) ? members(one.type.typeName.getText()) : [];
  }
  const own = one.members.filter(ts.isPropertySignature);
  const inherited = (one.heritageClauses ?? [])
    .flatMap(({ types }) => [...types])
    .flatMap((type) => {
      const isOmit = type.expression.getText() === "Omit";
      const base = isOmit ? type.typeArguments![0]!.getText() : type.expression.getText();
      return members(base);
    });
  const names = new Set(own.map((member) => member.name.getText()));
  return [...inherited.filter((member) => !names.has(member.name.getText())), ...own];
}

const docOf = (node: ts.Node) => {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return (ts.getTextOfJSDocComment(doc?.comment) ?? "").replaceAll(/\s+/g, " ").trim();
};

function row(property: ts.PropertySignature): string {
  const name = property.name.getText();
  const cell = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
  const type = cell(property.type!.getText().replaceAll("readonly ", ""));
  return `| ${property.questionToken ? name : `**${name}**`} | \`${type}\` | ${cell(docOf(property))} |`;
}

it("docs/events.md says what the types say", async () => {
  const names = union("DevEvent");
  // Each has a type of its own, and says what it is.
  expect(new Set(names.map(typeOf)).size).toBe(names.length);
  expect(names.filter((name) => docOf(declarations.get(name)!) === "")).toEqual([]);
  await expect(page()).toMatchFileSnapshot(join(root, "docs/events.md"));
});
