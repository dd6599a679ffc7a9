/** `shardmill inspect FILE | head`: whoever reads the output may have had enough of it. */

/** Ends the command then, as Ctrl-C does where that cleans up. */
export function endWithReader(output: NodeJS.WriteStream): void {
  let isGone = false;
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (isGone) return;
    isGone = true;
    if (process.listenerCount("SIGINT") > 0) process.kill(process.pid, "SIGINT");
    else process.exit();
  });
}
