/** Code as HTML in which comments, strings, numbers and words of the language have a class each. */

const comments: Readonly<Record<string, string>> = {
  sql: "--[^\\n]*|/\\*[\\s\\S]*?\\*/",
  ...fromEntries("ts js java go rust", "//[^\\n]*|/\\*[\\s\\S]*?\\*/"),
  ...fromEntries("sh yaml python toml dockerfile", "(?<![^\\s])#[^\\n]*"),
  xml: "<!--[\\s\\S]*?-->",
};

const strings = `"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\``;

const words =
  "abstract as async await break case catch class const continue def default defer else enum except export extends extern false fn for from func function if impl implements import in interface is keyof lambda let match mut new nil null of package private public pub raise readonly return static struct super switch this throw throws true try type typeof undefined use using var void while with yield";

const ofTexts = new Set(["sh", "yaml", "text", "xml", "dockerfile", "toml"]);

function fromEntries(languages: string, value: string): Record<string, string> {
  return Object.fromEntries(languages.split(" ").map((language) => [language, value]));
}

export const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** What is of an unknown language is only escaped. */
export function highlight(code: string, language = ""): string {
  const comment = comments[language];
  if (comment === undefined && language !== "json") return escaped(code);
  const word = ofTexts.has(language) ? "true|false|null" : words.replaceAll(" ", "|");
  const parts = new RegExp(
    `(?<c>${comment ?? "(?!)"})|(?<s>${strings})|(?<n>(?<![\\w$-])\\d[\\d_.]*\\b)|(?<k>(?<![\\w$.-])(?:${word})(?![\\w$:-]))`,
    "g",
  );
  let html = "";
  let end = 0;
  for (const { 0: text, index, groups } of code.matchAll(parts)) {
    const [kind] = Object.entries(groups!).find(([, found]) => found !== undefined)!;
    html += `${escaped(code.slice(end, index))}<span class="${kind}">${escaped(text)}</span>`;
    end = index + text.length;
  }
  return html + escaped(code.slice(end));
}
