/** A byte order mark says that a text is UTF-8, and is no part of it: spreadsheets, editors and PowerShell write one. */
export const withoutMark = (text: string): string =>
  text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
