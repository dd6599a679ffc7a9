import fc from "fast-check";
import { expect, test } from "vitest";
import { childrenOf, childText, readXml, writeXml } from "../../../src/local/http/xml.ts";

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
