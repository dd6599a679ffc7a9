import fc from "fast-check";
import { expect, test } from "vitest";
import {
  childrenOf,
  childText,
  readXml,
  writeXml,
} from "../../../packages/services/src/http/xml.ts";
import { processorTime } from "../../processor-time.ts";

test("members become elements, lists repeat theirs, and what is undefined is left out", () => {
  expect(writeXml({ A: "<&>", B: [1, { C: true }], D: undefined, E: {} })).toBe(
    "<A>&lt;&amp;&gt;</A><B>1</B><B><C>true</C></B><E></E>",
  );
});

/** Every kind of character that is treated in a way of its own, and some that are not. */
const plain = [
  "a",
  " ",
  "<",
  ">",
  "&",
  '"',
  "'",
  "]]>",
  "\t",
  "\n",
  "\r",
  "\u0085",
  "é",
  "\uFFFD",
  "🚀",
];
const impossible = ["\0", "\u001b", "\ufffe", "\uffff", "\ud800", "\udc00"];

test("text that XML can hold comes back as it was", () => {
  const text = fc.string({ unit: fc.constantFrom(...plain) });
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const root = readXml(`<Root>${writeXml({ Text: texts })}</Root>`);
      expect(childrenOf(root, "Text").map((child) => child.text)).toEqual(texts);
    }),
  );
});

test("whatever the text, what is written can be read, and nothing that XML forbids is written", () => {
  const text = fc.string({ unit: fc.constantFrom(...plain, ...impossible) });
  fc.assert(
    fc.property(text, (text) => {
      const written = writeXml({ Text: text });
      for (const forbidden of impossible.slice(0, 4)) expect(written).not.toContain(forbidden);
      expect(readXml(`<Root>${written}</Root>`).children).toHaveLength(1);
    }),
  );
});

test("what clients write beside elements is skipped", () => {
  const root = readXml(
    `<?xml version="1.0"?>
    <!-- a > comment -->
    <s3:Delete xmlns:s3="http://s3/" a='<'>
      <s3:Quiet/><Key><![CDATA[a<b]]>&#38;&#x26;&apos;</Key>
    </s3:Delete>
  `.replace("a='<'", "a='x>y'"),
  );
  expect([root.name, childText(root, "Key"), childText(root, "Quiet")]).toEqual([
    "Delete",
    "a<b&&'",
    "",
  ]);
});

test.each([
  "",
  "text",
  "<a>",
  "<a></b>",
  "<a></a><b></b>",
  "<a>&nbsp;</a>",
  "<a>& b</a>",
  "<a>&constructor;</a>",
  "<a>&#x110000;</a>",
  "<a",
  "</a>",
  "<!DOCTYPE a><a></a>",
  '<a b="<"></a>',
])("%j is no document", (text) => {
  expect(() => readXml(text)).toThrow(TypeError);
});

test("32 levels of elements are read, and 100,000 elements, and no more", () => {
  const levels = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
  expect(readXml(levels(31)).name).toBe("a");
  expect(() => readXml(levels(33))).toThrow("This is no XML, at character");
  const list = (length: number) => `<a>${"<b/>".repeat(length - 1)}</a>`;
  expect(readXml(list(100_000)).children).toHaveLength(99_999);
  expect(() => readXml(list(100_001))).toThrow(TypeError);
});

test.each([
  ["elements in elements", "<a>".repeat(3_000_000)],
  ["attributes", `<a ${'b="" '.repeat(2_000_000)}>`],
  ["spaces in a tag", `<a${" ".repeat(10_000_000)}!`],
  ["comments that do not end", "<!--".repeat(2_500_000)],
  ["data that does not end", `<a>${"<![CDATA[".repeat(1_000_000)}`],
  ["entities", `<a>${"&a".repeat(5_000_000)}</a>`],
  ["one entity", `<a>&${"a".repeat(10_000_000)}</a>`],
])("10 MB of %s are refused at once", (_, text) => {
  const start = processorTime();
  expect(() => readXml(text)).toThrow(TypeError);
  expect(processorTime() - start).toBeLessThan(5000);
});
