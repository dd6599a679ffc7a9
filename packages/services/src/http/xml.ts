/** XML as AWS's older protocols have it: elements and text, no attributes that matter. */

/** What stands in an element: text, elements by name, or a list, which repeats its element. */
export type XmlValue = string | number | boolean | undefined | XmlMembers | readonly XmlValue[];

export interface XmlMembers {
  readonly [name: string]: XmlValue;
}

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * Writes members as elements. What is undefined is left out.
 *
 * @example
 * writeXml({ Key: ["a", "b"] }); // "<Key>a</Key><Key>b</Key>"
 */
export function writeXml(members: XmlMembers): string {
  return Object.entries(members)
    .map(([name, value]) => element(name, value))
    .join("");
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((one) => element(name, one)).join("");
  const content = typeof value === "object" ? writeXml(value) : escaped(String(value));
  return `<${name}>${content}</${name}>`;
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

/** Text between tags; what XML cannot hold in any form is written as a replacement character. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"\r]/g, (character) => entities[character]!)
    .replace(/\p{Cc}|[\uFFFE\uFFFF]/gu, (character) =>
      /[\t\n\u007f-\u009f]/.test(character) ? character : "\uFFFD",
    );
}

/** An element that was read. */
export interface XmlElement {
  readonly name: string;
  /** All text that stands directly in it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Tags with what is between them; comments, declarations and CDATA beside. */
const token =
  /<\?.*?\?>|<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<(\/?)([\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*')){0,20}\s*(\/?)>|([^<]+)/sy;

/** Ten thousand parts of an upload have some forty thousand elements, in three levels. */
const mostElements = 100_000;
const deepest = 32;

/**
 * Reads a document of elements and text; attributes and namespaces are dropped. Throws a TypeError
 * that says at which character it is wrong. A document type is refused: it has no use here, and
 * neither has a document that is deeper or longer than those of any request.
 */
export function readXml(document: string): XmlElement {
  const root: Open = { name: "", text: "", children: [] };
  const open: Open[] = [root];
  const wrong = (at: number) => new TypeError(`This is no XML, at character ${at}.`);
  token.lastIndex = 0;
  let elements = 0;
  for (let at = 0; at < document.length; at = token.lastIndex) {
    const found = token.exec(document);
    if (!found) throw wrong(at);
    const [, data, closing, tag, empty, text] = found;
    const parent = open.at(-1)!;
    if (text !== undefined || data !== undefined) {
      parent.text += data ?? unescaped(text!, () => wrong(at));
    } else if (closing) {
      if (open.length === 1 || parent.name !== localName(tag!)) throw wrong(at);
      open.pop();
    } else if (tag) {
      const element: Open = { name: localName(tag), text: "", children: [] };
      parent.children.push(element);
      if (!empty) open.push(element);
      if (++elements > mostElements || open.length > deepest) throw wrong(at);
    }
  }
  const [first, ...more] = root.children;
  if (!first || more.length > 0 || open.length > 1 || root.text.trim() !== "") {
    throw wrong(document.length);
  }
  return first;
}

interface Open extends XmlElement {
  text: string;
  readonly children: Open[];
}

const localName = (name: string) => name.slice(name.indexOf(":") + 1);

const characters = new Map(Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }));

function unescaped(text: string, wrong: () => Error): string {
  let read = "";
  let end = 0;
  // One after the other, so that a document of nothing but wrong ones is given up at the first.
  for (const found of text.matchAll(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));|&/g)) {
    const [entity, decimal, hex, name] = found;
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
    const known = code !== undefined && code <= 0x10ffff;
    const character = known ? String.fromCodePoint(code) : characters.get(name!);
    if (character === undefined) throw wrong();
    read += text.slice(end, found.index) + character;
    end = found.index + entity.length;
  }
  return read + text.slice(end);
}

/** The text of the first child of that name. */
export const childText = ({ children }: XmlElement, name: string): string | undefined =>
  children.find((child) => child.name === name)?.text;

export const childrenOf = ({ children }: XmlElement, name: string): readonly XmlElement[] =>
  children.filter((child) => child.name === name);
