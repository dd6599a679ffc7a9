/** What to type after `shardmill init`. */
import type { ProjectFile, Written } from "./project.ts";

/** The commands from here to a record that was processed. `place`: the folder as it was given. */
export function nextSteps(place: string, files: readonly ProjectFile[], { kept }: Written): string {
  const manifest = files.find(({ path }) => path === "package.json")!;
  const steps = [
    ...(place === "." ? [] : [[`cd ${shellWord(place)}`, ""]]),
    ...(kept.includes(manifest.path)
      ? intoManifest(JSON.parse(manifest.text)).map((command) => [command, ""])
      : [["npm install", ""]]),
    ["npm test", ""],
    ["npm run dev", "everything in the template, running; then, in another terminal:"],
    ['eval "$(npx shardmill env)"', ""],
    ["npx shardmill put orders orders.ndjson --key customer", ""],
  ];
  const lines = steps.map(([command, why]) => `  ${command}${why ? `   # ${why}` : ""}\n`);
  return `Next:\n${lines.join("")}`;
}

interface Manifest {
  readonly type?: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What a package.json that was there is yet to get. */
function intoManifest({ type, scripts, dependencies = {}, devDependencies }: Manifest): string[] {
  const named = (packages: Readonly<Record<string, string>>) =>
    Object.entries(packages).map(([name, version]) => shellWord(`${name}@${version}`));
  const set = Object.entries(scripts).map(([name, line]) => shellWord(`scripts.${name}=${line}`));
  return [
    `npm pkg set ${[...(type ? [`type=${type}`] : []), ...set].join(" ")}`,
    ...(Object.keys(dependencies).length > 0
      ? [`npm install ${named(dependencies).join(" ")}`]
      : []),
    `npm install --save-dev ${named(devDependencies).join(" ")}`,
  ];
}

const shellWord = (text: string) =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
