/**
 * The W3C's extended log file format: directives (`#Version`, `#Fields`), and rows of fields.
 * https://www.w3.org/TR/WD-logfile. CloudFront puts tabs between its fields, IIS spaces.
 */
import { InputError, type InputRecord, jsonRecord, type Source } from "./record.ts";

export const isDirective = (line: string): boolean => line.startsWith("#");

/** The names that a `#Fields` line gives. Undefined: it is another directive. Throws InputError. */
export function fieldNames(line: string, source: Source): string[] | undefined {
  const [, rest] = /^#Fields:(.*)$/i.exec(line) ?? [];
  if (rest === undefined) return undefined;
  const names = rest.split(/[ \t]/).filter((name) => name !== "");
  if (names.length === 0) throw new InputError("this #Fields line names no field.", source);
  const twice = names.find((name, place) => names.indexOf(name) < place);
  if (twice === undefined) return names;
  throw new InputError(`two fields have the name ${twice}.`, source);
}

/** The row as an object of texts, `-` as null. Throws InputError. */
export function w3cRecord(
  line: string,
  names: readonly string[] | undefined,
  source: Source,
): InputRecord {
  if (!names) throw new InputError("no #Fields line says what the fields of this row are.", source);
  const fields = line.includes("\t") ? line.split("\t") : spacedFields(line, source);
  if (fields.length !== names.length) {
    throw new InputError(
      `this row has ${fields.length} fields, and #Fields names ${names.length}.`,
      source,
    );
  }
  const entry = Object.fromEntries(
    names.map((name, place) => [name, fields[place] === "-" ? null : fields[place]!]),
  );
  const arrival = arrivalOf(entry);
  return jsonRecord(entry, source, arrival === undefined ? {} : { arrival });
}

/** A field in quotes may hold spaces, and a quote that is written twice. */
function spacedFields(line: string, source: Source): string[] {
  const fields: string[] = [];
  const field = / *(?:"((?:[^"]|"")*)"(?= |$)|([^ "][^ ]*))/y;
  let end = 0;
  for (let match = field.exec(line); match; match = field.exec(line)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    end = field.lastIndex;
  }
  if (line.slice(end).trim() === "") return fields;
  throw new InputError("a quote is opened on this line and not closed.", source);
}

/** These two are in UTC. */
function arrivalOf({ date, time }: Readonly<Record<string, string | null>>): number | undefined {
  const isTime =
    /^\d{4}-\d\d-\d\d$/.test(date ?? "") && /^\d\d:\d\d:\d\d(\.\d+)?$/.test(time ?? "");
  const ms = isTime ? Date.parse(`${date}T${time}Z`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
