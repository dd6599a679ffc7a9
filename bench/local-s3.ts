/** A local S3 in a process of its own: says its address, and ends with its parent. */
import { serveS3 } from "../packages/services/src/s3/index.ts";

const { endpoint } = await serveS3();
process.send!(endpoint);
process.once("disconnect", () => process.exit());
