/** Runs at the beginning of each test file. */
import { endWithTests } from "./ending.ts";
import "./from-sources.ts";

endWithTests();
