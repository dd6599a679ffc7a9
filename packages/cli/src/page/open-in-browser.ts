/** Opens an address in the browser that the system names. */
import { spawn } from "node:child_process";

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  // An ampersand in an address would end the command of a shell; ours has none.
  win32: ["cmd", "/c", "start", ""],
};

/** Says so where it cannot. */
export function openInBrowser(url: string, note: (text: string) => void): void {
  const [command = "", ...args] = openers[process.platform] ?? ["xdg-open"];
  const failed = (error: Error) => note(`The page was not opened: ${error.message}`);
  spawn(command, [...args, url], { stdio: "ignore", detached: true })
    .on("error", failed)
    .unref();
}
