/** Whether everything that the pages point at is there, and nothing is fetched from elsewhere. */
import { posix } from "node:path";

/** Path from the site's root to what stands there. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** A sentence for each link that leads nowhere, each id that comes twice, and each thing that another host would be asked for. */
export function brokenLinks(files: Files): string[] {
  const pages = [...files].flatMap(([path, content]) =>
    path.endsWith(".html") && typeof content === "string" ? [{ path, content }] : [],
  );
  const ids = new Map(pages.map(({ path, content }) => [path, idsOf(content)]));
  return pages.flatMap(({ path, content }) => {
    const own = ids.get(path)!;
    const twice = own.filter((id, at) => own.indexOf(id) !== at);
    return [
      ...twice.map((id) => `${path}: the id ${id} comes twice`),
      ...[...content.matchAll(/<(\w+)[^>]*?\s(?:href|src)="([^"]*)"/g)].flatMap(
        ([, element, target]) => whyBroken(files, ids, path, element!, target!),
      ),
    ];
  });
}

const idsOf = (html: string) =>
  [...html.matchAll(/<[^>]*?\s(?:id|name)="([^"]*)"/g)].map(([, id]) => id!);

function whyBroken(
  files: Files,
  ids: ReadonlyMap<string, readonly string[]>,
  path: string,
  element: string,
  target: string,
): string[] {
  if (/^[a-z]+:|^\/\//i.test(target)) {
    return element === "a" ? [] : [`${path}: <${element}> asks another host for ${target}`];
  }
  if (target.startsWith("/")) return [`${path}: ${target} holds at the root of a host alone`];
  const [file, anchor] = target.split("#") as [string, string?];
  const to = file === "" ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
  if (!files.has(to)) return [`${path}: ${target} leads nowhere`];
  if (!anchor || ids.get(to)?.includes(decodeURIComponent(anchor))) return [];
  return [`${path}: ${target} names an anchor that ${to} does not have`];
}
