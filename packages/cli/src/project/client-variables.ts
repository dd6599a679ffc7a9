/** What a client in another terminal needs to reach the services of this machine. */

/** As lines for a shell. */
export function exportLines(address: string, region: string): string[] {
  const variables = {
    AWS_ENDPOINT_URL: address,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  return Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`);
}

/** A region is whatever the template says. */
const shellWord = (text: string) =>
  /^[\w.:/[\]-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
