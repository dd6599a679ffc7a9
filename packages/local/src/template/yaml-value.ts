/** What a YAML document says, as JSON has it: tags, aliases and merge keys written out. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from "yaml";
import { tagged } from "./tags.ts";

/** No template needs as many; functions that work on values call themselves for each. */
export const deepest = 256;
/** A template of 1 MB, CloudFormation's largest, has a quarter of them without any alias. */
const mostAliased = 500_000;

/** What is wrong with a document, and where it begins. */
export class YamlProblem extends Error {
  readonly offset: number | undefined;

  constructor(message: string, node: Node) {
    super(message);
    this.offset = node.range?.[0];
  }
}

/** Of a key that is there twice the last counts, as for CloudFormation; `onTwice` hears of it. Throws a `YamlProblem`. */
export function yamlValue(
  document: Document,
  onTwice: (name: string, offset: number | undefined) => void,
): unknown {
  const meant = meanings(document);
  let depth = 0;

  function plain(node: unknown): unknown {
    if (!isNode(node)) return null;
    if (isAlias(node)) return plain(meant.get(node));
    if (isScalar(node)) return tagged(node.tag, node.value);
    if (depth >= deepest) throw tooDeep(node);
    depth++;
    const value = isSeq(node) ? node.items.map(plain) : isMap(node) ? members(node.items) : null;
    depth--;
    return tagged(node.tag, value);
  }

  function members(items: readonly Pair<unknown, unknown>[]): unknown {
    const names = new Set<string>();
    const entries = items.map(({ key, value }) => {
      const name = String(isNode(key) ? plain(key) : key);
      // Several maps may be merged in.
      if (names.has(name) && name !== "<<") onTwice(name, isNode(key) ? key.range?.[0] : undefined);
      names.add(name);
      return [name, plain(value)] as const;
    });
    // What stands in the map itself goes before what is merged into it, and that before what is merged later.
    const merged = entries
      .flatMap(([name, value]) => (name === "<<" ? [value].flat() : []))
      .reverse();
    const own = entries.filter(([name]) => name !== "<<");
    return Object.fromEntries([...merged.flatMap((from) => Object.entries(from ?? {})), ...own]);
  }

  return plain(document.contents);
}

/**
 * What each alias stands for: of equal anchors the last one before it. What all of them stand for is counted before anything is written out, since
 * aliases of aliases multiply.
 */
function meanings(document: Document): ReadonlyMap<unknown, Node> {
  const anchors = new Map<string, Node>();
  const meant = new Map<unknown, Node>();
  const counted = new Map<unknown, number>();
  /** The nodes around the one that is looked at: an alias of one of them has no end. */
  const open = new Set<Node>();
  let aliased = 0;

  function look(node: unknown): void {
    if (isAlias(node)) follow(node, node.source);
    if (!isNode(node) || isAlias(node)) return;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) return;
    if (open.size >= deepest) throw tooDeep(node);
    open.add(node);
    for (const part of partsOf(node)) look(part);
    open.delete(node);
  }

  function follow(alias: Node, name: string): void {
    const target = anchors.get(name);
    if (!target)
      throw new YamlProblem(`There is no anchor &${name} before the alias *${name}.`, alias);
    if (open.has(target)) {
      throw new YamlProblem(
        `The alias *${name} stands within what it stands for, &${name}.`,
        alias,
      );
    }
    meant.set(alias, target);
    aliased += valuesIn(target);
    if (aliased > mostAliased) {
      throw new YamlProblem(
        `Its aliases stand for more than ${mostAliased} values: write out fewer of them.`,
        alias,
      );
    }
  }

  /** Of a node that was looked at, as all are that an alias may stand for. */
  function valuesIn(node: unknown): number {
    if (isAlias(node)) return valuesIn(meant.get(node));
    if (!isNode(node)) return 0;
    const values =
      counted.get(node) ?? partsOf(node).reduce<number>((sum, part) => sum + valuesIn(part), 1);
    counted.set(node, values);
    return values;
  }

  look(document.contents);
  return meant;
}

const tooDeep = (node: Node) =>
  new YamlProblem(`It is nested deeper than ${deepest} levels.`, node);

const partsOf = (node: Node): readonly unknown[] =>
  isSeq(node)
    ? node.items
    : isMap(node)
      ? node.items.flatMap(({ key, value }) => [key, value])
      : [];
