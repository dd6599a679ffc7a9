#!/usr/bin/env node
// In the repository the command runs from its source, elsewhere as it was built.
import { existsSync } from "node:fs";

const source = new URL("../../../src/cli/main.ts", import.meta.url);
await import(existsSync(source) ? source : new URL("../dist/cli.js", import.meta.url));
