import { mappingTurns } from "./mapping.ts";

const n = Number(process.argv[2] ?? 200000);
const { through, fed } = mappingTurns(n);
await through();
await fed();
for (let r = 0; r < 4; r++) {
  const c0 = process.cpuUsage();
  await through();
  const c1 = process.cpuUsage(c0);
  const d0 = process.cpuUsage();
  await fed();
  const d1 = process.cpuUsage(d0);
  const a = (c1.user + c1.system) / n,
    b = (d1.user + d1.system) / n;
  console.log(
    "through",
    a.toFixed(2),
    "fed",
    b.toFixed(2),
    "ratio",
    (a / b).toFixed(2),
    "us/record cpu; heap",
    (process.memoryUsage().heapUsed / 1e6).toFixed(0),
  );
}
