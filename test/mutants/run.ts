/** `npm run mutants`: changes the program in one place at a time, and says which changes no test notices. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { decisions, lookedAt, rowOf } from "./looked-at.ts";
import { described } from "./mutant.ts";
import { mutate } from "./mutate.ts";
import { least, roomOf, rooms } from "./rooms.ts";

const byDefault = Object.keys(rooms).filter((room) => !rooms[room]!.onlyByName);
const byName = Object.keys(rooms).filter((room) => !byDefault.includes(room));

const help = `npm run mutants -- [ROOM | FILE…] [options]

Changes one expression of the program at a time and runs the tests of its room. A change that no test
notices is a test that is missing, or the same program in other words; those are listed in docs/decisions/mutants.md.
Takes the rooms ${byDefault.join(", ")} one after the other, or some of them, or files of them;
and ${byName.join(", ")} where it is named.
What an earlier run has decided, and neither the code nor its tests have changed since, is not run again.

Exit code 1: fewer than ${least} % of a room's changes were noticed, or one was not that nobody has looked at.

  --fresh    runs everything, also what an earlier run has decided
  --all      lists also what is in docs/decisions/mutants.md
  --table    lists as rows for the table there
  --help
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fresh: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else {
  for (const [room, files] of chosen()) await judge(room, files);
}

/** Each room that was asked for, with the files that were asked for: none means all of it. */
function chosen(): [string, string[]][] {
  const asked = new Map<string, string[]>();
  for (const name of positionals.length > 0 ? positionals : byDefault) {
    const room = name in rooms ? name : roomOf(name);
    if (!room || (room !== name && !existsSync(name))) {
      throw new RangeError(
        `${name} is neither a room (${Object.keys(rooms).join(", ")}) nor a file in one of their folders.`,
      );
    }
    asked.set(room, [...(asked.get(room) ?? []), ...(room === name ? [] : [name])]);
  }
  return [...asked];
}

async function judge(room: string, files: readonly string[]): Promise<void> {
  const begun = performance.now();
  const mutants = await mutate(room, { files, fresh: values.fresh });
  const survivors = mutants.filter(({ isNoticed }) => !isNoticed);
  const known = lookedAt(decisions());
  const unknown = survivors.filter((mutant) => !known.has(rowOf(mutant)));
  for (const mutant of values.all ? survivors : unknown)
    console.log(values.table ? `${rowOf(mutant)}  |` : described(mutant));
  const noticed = mutants.length - survivors.length;
  const percent = (100 * noticed) / mutants.length;
  console.log(
    `${[room, ...files].join(" ")}: ${percent.toFixed(1)} % of ${mutants.length} changes were noticed; of the ` +
      `${survivors.length} that were not, ${unknown.length} are not in docs/decisions/mutants.md ` +
      `(${Math.round((performance.now() - begun) / 60_000)} min).`,
  );
  if (unknown.length > 0 || (files.length === 0 && percent < least)) process.exitCode = 1;
}
