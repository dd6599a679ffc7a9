/** JSON that anybody may have written: read only if it is no deeper and no wider than a request is. */

/** DynamoDB takes 32 levels of attributes, each of which is two of JSON; no other service takes more. */
const deepest = 256;
/** 500 records have some five thousand values; a megabyte can have half a million. */
const usual = 100_000;

const [quote, backslash, comma, openList, openMap, closeList, closeMap] = [
  ...Buffer.from('"\\,[{]}'),
];

/** As JSON.parse; what has more values than `most`, or has them too deep, throws too. */
export function parseJson(bytes: Buffer, most = usual): unknown {
  checkStructure(bytes, most);
  return JSON.parse(bytes.toString());
}

/** Strings, which are most of a long request, are jumped over. */
function checkStructure(bytes: Buffer, most: number): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      if (at < 0) return;
    } else if (byte === comma) values++;
    else if (byte === openList || byte === openMap) {
      values++;
      if (++depth > deepest) throw new SyntaxError(`JSON with more than ${deepest} levels`);
    } else if (byte === closeList || byte === closeMap) depth--;
    if (values > most) throw new SyntaxError(`JSON with more than ${most} values`);
  }
}

/** Where the string that begins at `from` ends; -1: nowhere. */
function endOfString(bytes: Buffer, from: number): number {
  for (let end = bytes.indexOf(quote!, from + 1); end >= 0; end = bytes.indexOf(quote!, end + 1)) {
    let before = end;
    while (bytes[before - 1] === backslash) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}
