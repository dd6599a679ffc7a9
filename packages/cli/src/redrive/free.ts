/** Which parked records may be taken. */
import { giveBack } from "./give-back.ts";
import type { Said } from "./logs.ts";
import type { Finish, Parked, Redrive } from "./redrive.ts";

/** Whether it may be taken: the log says that it is parked, and nobody else has it. `says`: what the log says of an item that was never confirmed. */
export async function isFree(
  redrive: Redrive,
  one: Parked,
  says: Said | undefined,
  finish: Finish,
): Promise<boolean> {
  const { item, hold } = one;
  const { clock, logs, settings, target } = redrive;
  if (item.state === "redriving" && item.heldUntil >= clock.now()) {
    finish(one, "busy", `Another redrive has it until ${new Date(item.heldUntil).toISOString()}.`);
    return false;
  }
  if (item.row && target && "stream" in target) {
    await giveBack(redrive, one);
    const what = item.row.output === "" ? "windows" : `the stream ${item.row.output} of its SQL`;
    finish(one, "refused", `It is a row of ${what}, and no record: give --function or --handler.`);
    return false;
  }
  if (item.uniqueId !== undefined && target && "stream" in target) {
    const own = item.streamArn.slice(item.streamArn.indexOf("/") + 1);
    if (own === target.stream.name) {
      await giveBack(redrive, one);
      finish(
        one,
        "refused",
        `Its unique id ${item.uniqueId === true ? "" : `${item.uniqueId} `}is remembered: in its own stream it would be taken for a duplicate. Give --function or --handler.`,
      );
      return false;
    }
  }
  if (item.state !== "parked") return true;
  if (says === "parked" || (says === undefined && settings.unconfirmed)) {
    if (target) await hold.confirm();
    return true;
  }
  if (says === "done") {
    if (target) await hold.finish();
    finish(one, "processed", "The log says that it was done: it was never confirmed.");
    return false;
  }
  await giveBack(redrive, one);
  const why = logs
    ? "The log does not say that it is parked: Lambda may deliver it again. Where it cannot any more, give --unconfirmed."
    : `It was never confirmed, and no log can be asked: give --progress-table.`;
  finish(one, "unconfirmed", why);
  return false;
}
