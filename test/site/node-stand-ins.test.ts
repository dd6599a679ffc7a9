/** What a bundle for the browser has in the place of Node.js' modules says what Node.js says. */
import * as buffer from "node:buffer";
import * as crypto from "node:crypto";
import * as net from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import * as floats from "../../site/browser/floats.ts";
import { hash, isAscii, isIPv6, isUtf8 } from "../../site/browser/node.ts";

it("hash: MD5 and SHA-256 of bytes and of texts, in each encoding", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("md5", "sha256"),
      fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: "grapheme" })),
      (algorithm, data) => {
        expect(hash(algorithm, data)).toBe(crypto.hash(algorithm, data));
        for (const encoding of ["hex", "latin1", "buffer"] as const) {
          const digest = crypto.hash(algorithm, data, "buffer");
          const expected = encoding === "buffer" ? [...digest] : digest.toString(encoding);
          const own = hash(algorithm, data, encoding);
          expect(typeof own === "string" ? own : [...own]).toEqual(expected);
        }
      },
    ),
  );
});

it("hash: every length of two blocks", () => {
  for (let length = 0; length <= 128; length++) {
    const data = new Uint8Array(length).fill(length);
    for (const algorithm of ["md5", "sha256"] as const) {
      expect(hash(algorithm, data), `${algorithm} of ${length}`).toBe(crypto.hash(algorithm, data));
    }
  }
});

it("isAscii and isUtf8 of any bytes, and of the bytes of any text", () => {
  const texts = fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), texts), (bytes) => {
      expect(isAscii(bytes)).toBe(buffer.isAscii(bytes));
      expect(isUtf8(bytes)).toBe(buffer.isUtf8(bytes));
    }),
  );
});

it("isIPv6 of addresses, and of what is nearly one", () => {
  const groups = fc.array(fc.constantFrom("", "0", "ffff", "10000", "1::2", "g"), { maxLength: 9 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV6(),
        groups.map((all) => all.join(":")),
      ),
      (text) => {
        expect(isIPv6(text)).toBe(net.isIPv6(text));
      },
    ),
  );
});

it("floats and doubles of any value, anywhere in bytes", () => {
  fc.assert(
    fc.property(fc.double(), fc.nat(7), fc.boolean(), (value, at, isLittle) => {
      const [own, nodes] = [new Uint8Array(24).subarray(3), buffer.Buffer.alloc(21)];
      floats.write(own, value, at, isLittle, 52, 8);
      nodes[isLittle ? "writeDoubleLE" : "writeDoubleBE"](value, at);
      floats.write(own, value, at + 9, isLittle, 23, 4);
      nodes[isLittle ? "writeFloatLE" : "writeFloatBE"](value, at + 9);
      expect([...own]).toEqual([...nodes]);
      expect(floats.read(own, at, isLittle, 52, 8)).toBe(value);
      expect(floats.read(own, at + 9, isLittle, 23, 4)).toBe(Math.fround(value));
    }),
  );
});
