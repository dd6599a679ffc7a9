/** What `shardmill init --help` prints. */
import { kinds } from "./kinds.ts";

export const initHelp = `shardmill init - a small project to begin with: a handler, its test, a template, scripts

SYNOPSIS
  shardmill init [FOLDER] [options]

DESCRIPTION
  Writes a project that runs at once: a stream, a function that reads it, a test, and some records to
  put. On a terminal it asks for what the options leave open: the kind of project, and its name. No
  file that is there is changed; which were left as they are, is said.

KINDS
${kinds.map(({ name, title }) => `  ${name.padEnd(12)}${title}\n`).join("")}
OPTIONS
  --kind KIND           One of these. Default with --yes: ${kinds[0].name}.
  --name NAME           What the project, its service or stack is called. Default: as the folder.
  -y, --yes             Asks nothing.
  --help                Prints this.

EXIT STATUS
  0  written
  1  nothing was written: a project's template is there
  2  the command line is wrong, or there is no terminal to ask on

EXAMPLES
  npx @shardmill/cli init
  npx @shardmill/cli init billing --kind sam --yes
`;
