/** How often each test comes to each mutant, in the folder of the run: Stryker starts another process after a timeout. */
export const coverageFile = "mutant-coverage.json";
