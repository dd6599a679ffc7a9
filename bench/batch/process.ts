/** `fork(…, [row, name])`: one contender, who takes a turn for each message, and answers with its milliseconds. */
import { type Contender, contenders, turnsOf } from "./contenders.ts";

const [row, name] = process.argv.slice(2) as [string, string];
const makers: Readonly<Record<string, Readonly<Record<string, () => Contender>>>> = contenders;
const turn = turnsOf(makers[row]![name]!());

process.on("message", async () => process.send!(await (await turn)()));
