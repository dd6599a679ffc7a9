/** `shardmill video play`: a file as a video stream on this machine, until Ctrl-C. */
import { openVideo, serveVideo } from "@shardmill/local/rig";
import { cannotListen } from "../command-line/cannot-listen.ts";
import { interrupted } from "../command-line/interrupted.ts";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { videoHelp } from "./help.ts";
import { announcement, atEnd, warnings } from "./report.ts";
import { videoSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status:
 * 0, 1 (it could not run) or 2 (the command line is wrong).
 */
export async function videoCommand(
  args: readonly string[],
  surroundings: CommandSurroundings = {},
): Promise<number> {
  return runCommand("video", surroundings, async ({ out, err }) => {
    const settings = videoSettings(args);
    if (!settings) {
      out.write(videoHelp);
      return 0;
    }
    const { file, host, port, play, json } = settings;
    const signal = surroundings.signal ?? interrupted();
    const recording = await openVideo(file);
    try {
      for (const warning of warnings(file, recording)) err.write(`shardmill video: ${warning}\n`);
      const server = await serveVideo({ ...settings, recording }).catch((error) =>
        cannotListen(host, port, error),
      );
      out.write(announcement(server, recording, settings));
      const end = setTimeout(
        () => !json && out.write(atEnd(settings)),
        Math.min(recording.durationMs, 2 ** 31 - 1),
      );
      if (play !== "once") clearTimeout(end);
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      }
      clearTimeout(end);
      await server.close();
    } finally {
      await recording.close();
    }
    return 0;
  });
}
