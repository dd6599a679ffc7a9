/** `npm run site`: writes the site to site/dist, and ends with status 1 where a link in it leads nowhere. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildSite, writeSite } from "./build.ts";
import { brokenLinks } from "./links.ts";

const out = join(import.meta.dirname, "dist");
const files = await buildSite();
const broken = brokenLinks(files);
if (broken.length > 0) {
  console.error(broken.join("\n"));
  process.exitCode = 1;
} else {
  rmSync(out, { recursive: true, force: true });
  writeSite(files, out);
  console.log(`${files.size} files in ${out}: open index.html there, or serve the folder`);
}
