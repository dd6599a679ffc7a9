/** A column of texts of which few repeat, as the bytes that a file has of them: they are encoded all at once, and not text by text. */
type Texts = readonly (string | null | undefined)[];

/** So many, spread over the column, say whether a dictionary may pay: where less than a tenth of their bytes repeats it does not. */
const sampled = 1000;
const distinctAtLeast = 0.9;

/** Undefined where a dictionary may pay, which is made of the texts themselves. */
export function plainTexts(texts: Texts): (Uint8Array | null)[] | undefined {
  const step = Math.max(1, Math.floor(texts.length / sampled));
  const seen = new Set<string>();
  let [all, distinct] = [0, 0];
  for (let at = 0; at < texts.length; at += step) {
    const text = texts[at];
    if (typeof text !== "string") continue;
    const size = text.length + 4;
    all += size;
    if (seen.has(text)) continue;
    seen.add(text);
    distinct += size;
  }
  return distinct > distinctAtLeast * all ? bytesOf(texts) : undefined;
}

/** More is not put together: a text has its longest, and memory for a copy. */
const joinedAtMost = 16 * 1024 * 1024;

function bytesOf(texts: Texts): (Uint8Array | null)[] {
  const size = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  const bytes = Buffer.from(size <= joinedAtMost ? texts.join("") : "");
  // Then each character is a byte. Otherwise two texts may be halves of one character together.
  const isAscii = bytes.length === size;
  let end = 0;
  return texts.map((text) => {
    if (text === null || text === undefined) return null;
    if (!isAscii) return Buffer.from(text);
    const start = end;
    end += text.length;
    return bytes.subarray(start, end);
  });
}
