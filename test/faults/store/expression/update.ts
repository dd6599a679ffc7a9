/** What an update expression makes of an item. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { add } from "../decimal.ts";
import { invalid } from "../errors.ts";
import { canonical, canonicalItem, contentOf, type Item, identity, typeOf } from "../value.ts";
import { type Bindings, evaluate, need, resolvePath, valueAt } from "./evaluate.ts";
import type { Path, UpdateClause } from "./syntax.ts";

interface Change {
  readonly path: Path;
  /** Undefined removes what is there. */
  readonly value: AttributeValue | undefined;
}

/** The item after the update. Every operand is taken from the item before it. */
export function applyUpdate(
  clauses: readonly UpdateClause[],
  item: Item,
  bindings: Bindings,
): { readonly item: Record<string, AttributeValue>; readonly paths: readonly Path[] } {
  const changes = clauses.map((clause) => changeOf(clause, item, bindings));
  const paths = changes.map(({ path }) => path);
  refuseOverlaps(paths);
  const after = canonicalItem(item);
  for (const change of changes) write(after, change);
  return { item: after, paths };
}

function changeOf(clause: UpdateClause, item: Item, bindings: Bindings): Change {
  const path = resolvePath(clause.path, bindings);
  const current = valueAt(item, path);
  if (clause.action === "REMOVE") return { path, value: undefined };
  const operand = need(evaluate(clause.operand!, item, bindings));
  if (clause.action === "SET") return { path, value: canonical(operand) };
  const wrongType = () => invalid("An operand in the update expression has an incorrect data type");
  const type = typeOf(operand);
  const isSet = type === "SS" || type === "NS" || type === "BS";
  if (!isSet && !(clause.action === "ADD" && type === "N")) throw wrongType();
  if (current !== undefined && typeOf(current) !== type) throw wrongType();
  if (type === "N") return { path, value: { N: add(current?.N ?? "0", operand.N!) } };
  return { path, value: changeSet(clause.action, current, operand) };
}

function changeSet(
  action: "ADD" | "DELETE",
  current: AttributeValue | undefined,
  operand: AttributeValue,
): AttributeValue | undefined {
  const type = typeOf(operand);
  const member = (one: unknown) => identity({ [type[0]!]: one } as unknown as AttributeValue);
  const before: unknown[] = current ? contentOf(current) : [];
  const named: unknown[] = contentOf(operand);
  const has = (set: unknown[]) => {
    const members = new Set(set.map(member));
    return (one: unknown) => members.has(member(one));
  };
  const isThere = has(before);
  const isNamed = has(named);
  const members =
    action === "ADD"
      ? [...before, ...named.filter((one) => !isThere(one))]
      : before.filter((one) => !isNamed(one));
  if (members.length === 0) return undefined;
  return canonical({ [type]: members } as unknown as AttributeValue);
}

function refuseOverlaps(paths: readonly Path[]) {
  for (const [index, path] of paths.entries()) {
    for (const other of paths.slice(index + 1)) {
      const shared = Math.min(path.length, other.length);
      if (path.slice(0, shared).every((step, at) => step === other[at])) {
        throw invalid(
          "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths",
        );
      }
    }
  }
}

function write(item: Record<string, AttributeValue>, { path, value }: Change) {
  const parent = path.length === 1 ? { M: item } : valueAt(item, path.slice(0, -1));
  const last = path[path.length - 1]!;
  const place = typeof last === "number" ? parent?.L : parent?.M;
  if (place === undefined) {
    throw invalid("The document path provided in the update expression is invalid for update");
  }
  if (Array.isArray(place)) {
    const at = last as number;
    if (value === undefined) place.splice(at, 1);
    else place[Math.min(at, place.length)] = value;
  } else if (value === undefined) delete place[last];
  else place[last] = value;
}
