/**
 * The query protocol: a form with an `Action` and flattened parameters, answered in XML.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import { writeXml, type XmlMembers, xmlDeclaration } from "./xml.ts";

/** Parameters by the parts of their names: `Tag.1.Key=a` is `{ Tag: { 1: { Key: "a" } } }`. */
export interface Form {
  readonly [part: string]: string | Form;
}

/** Ten messages with ten attributes each have some hundred parameters, of a few parts. */
const mostParameters = 10_000;
const mostParts = 16;

/**
 * Undefined: two parameters contradict each other, as `A=1` and `A.B=2` do, or there are more than a
 * request of any service has.
 */
export function readForm(body: string): Form | undefined {
  const root: Node = Object.create(null);
  const pairs = body.split("&", mostParameters + 1);
  if (pairs.length > mostParameters) return undefined;
  for (const pair of pairs) {
    // One by one: over a whole body, the time of URLSearchParams grows with the square of its length.
    for (const [name, value] of new URLSearchParams(`&${pair}`)) {
      const path = name.split(".", mostParts + 1);
      if (path.length > mostParts || !put(root, path, value)) return undefined;
    }
  }
  return root;
}

/** One parameter of a form of any length. Undefined: it has none of that name. */
export function formParameter(body: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|&)${name}(?:=([^&]*))?(?:&|$)`).exec(body)?.[1];
  return value && (new URLSearchParams(`a=${value}`).get("a") ?? undefined);
}

interface Node {
  [part: string]: string | Node;
}

function put(root: Node, path: readonly string[], value: string): boolean {
  let node = root;
  for (const part of path.slice(0, -1)) {
    node[part] ??= Object.create(null) as Node;
    const next = node[part];
    if (typeof next === "string") return false;
    node = next;
  }
  const last = path.at(-1)!;
  if (typeof node[last] === "object") return false;
  node[last] = value;
  return true;
}

/** The numbered parts in their order; `member` and `entry` stand before the numbers in some services. */
export function listOf(form: string | Form | undefined): readonly (string | Form)[] {
  if (typeof form !== "object") return [];
  const numbered = form.member ?? form.entry ?? form;
  if (typeof numbered !== "object") return [];
  return Object.keys(numbered)
    .filter((part) => /^\d+$/.test(part))
    .sort((a, b) => Number(a) - Number(b))
    .map((part) => numbered[part]!);
}

export const textOf = (form: Form, name: string): string | undefined => {
  const value = form[name];
  return typeof value === "string" ? value : undefined;
};

export interface FormAnswer {
  readonly action: string;
  readonly namespace: string;
  readonly requestId: string;
  /** Undefined: the action has no result. */
  readonly result: XmlMembers | undefined;
}

export function formAnswer({ action, namespace, requestId, result }: FormAnswer): string {
  const content = writeXml({
    ...(result && { [`${action}Result`]: result }),
    ResponseMetadata: { RequestId: requestId },
  });
  return `${xmlDeclaration}<${action}Response xmlns="${namespace}">${content}</${action}Response>`;
}

export function formRefusal(
  { namespace, requestId }: Pick<FormAnswer, "namespace" | "requestId">,
  {
    type,
    code,
    message,
  }: { readonly type: string; readonly code: string; readonly message: string },
): string {
  const content = writeXml({
    Error: { Type: type, Code: code, Message: message },
    RequestId: requestId,
  });
  return `${xmlDeclaration}<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`;
}
