import { scaleStream } from "shardmill/scaling";

/** Keeps the stream of flights as large as its load needs, every minute; with DRY_RUN, it only says how large that would be. */
export const handler = scaleStream({
  streams: [{ streamName: process.env.FLIGHTS_STREAM, max: 32 }],
  dryRun: process.env.DRY_RUN !== "false",
});
