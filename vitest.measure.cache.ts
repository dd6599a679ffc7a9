import config from "./vitest.config.ts";
const c = structuredClone ? (config as any) : config;
c.test.maxWorkers = +(process.env.W ?? 1);
for (const p of c.test.projects) p.test.setupFiles = ["/tmp/suite/setup.ts"];
c.server = { fs: { strict: false } };
c.test.experimental = { fsModuleCache: true, fsModuleCachePath: "/tmp/suite/fsm" }; c.test.setupFiles=[]; for (const p of c.test.projects) { p.test.setupFiles = []; }
export default c;
