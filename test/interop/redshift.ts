/**
 * A real PostgreSQL in Redshift's place, with a front that speaks the Data API and knows COPY from manifests: what redshiftSink leaves in it. Needs
 * PostgreSQL (Debian: postgresql); where it is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/redshift.ts
 *
 * Against one that runs already: POSTGRES_URL=postgres://… npx vitest run test/interop/redshift.test.ts
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../packages/services/src/http/free-port.ts";

/** Debian keeps the server's programs beside the path. */
const debian = "/usr/lib/postgresql";
const own = existsSync(debian)
  ? readdirSync(debian).map((version) => join(debian, version, "bin"))
  : [];
const env = { ...process.env, PATH: [process.env.PATH, ...own.reverse()].join(delimiter) };

const missing = whatIsMissing();
if (missing === undefined) process.exitCode = await drive();
else console.log(`Skipped Redshift's stand-in: ${missing}.`);

function whatIsMissing(): string | undefined {
  const lacking = ["initdb", "postgres", "psql"].find(
    (program) => spawnSync(program, ["--version"], { env }).status !== 0,
  );
  if (lacking !== undefined) return `there is no ${lacking} (Debian: postgresql)`;
  return isRoot() && userOf("postgres") === undefined
    ? "PostgreSQL does not run as root, and there is no user postgres"
    : undefined;
}

async function drive(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "shardmill-postgres-"));
  const user = isRoot() ? userOf("postgres") : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const options = { env, ...user, cwd: folder } as const;
  execFileSync(
    "initdb",
    ["-D", join(folder, "data"), "-U", "shardmill", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { ...options, stdio: "ignore" },
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
  ];
  const server = spawn(
    "postgres",
    ["-D", join(folder, "data"), ...settings.flatMap((each) => ["-c", each])],
    { ...options, stdio: ["ignore", "ignore", "ignore"] },
  );
  const ended = once(server, "close");
  try {
    const POSTGRES_URL = `postgres://shardmill@127.0.0.1:${port}/postgres`;
    await untilReady(POSTGRES_URL, server);
    const test = spawn("npx", ["vitest", "run", "test/interop/redshift.test.ts"], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      stdio: "inherit",
      env: { ...env, POSTGRES_URL },
    });
    const [status] = await once(test, "close");
    return status ?? 1;
  } finally {
    server.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilReady(url: string, server: { readonly exitCode: number | null }) {
  for (let tries = 0; spawnSync("psql", ["-c", "SELECT 1", url], { env }).status !== 0; tries++) {
    if (server.exitCode !== null || tries > 300) throw new Error("PostgreSQL does not start.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function userOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  const idOf = (flag: string) => Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  return uid > 0 ? { uid, gid } : undefined;
}
