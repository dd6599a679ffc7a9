/** What `shardmill env --help` prints. */

export const envHelp = `shardmill env - the variables with which a client reaches a running shardmill dev

SYNOPSIS
  eval "$(npx shardmill env)"

DESCRIPTION
  Prints lines for a shell: one address for all services (AWS_ENDPOINT_URL), the region of the template
  and credentials that are none. Every SDK of AWS and the AWS CLI read them. Variables of single services
  (AWS_ENDPOINT_URL_KINESIS…) go before it, so those that are set here are unset.

  The shardmill dev is that of this folder's project, or of one above; where there is none, the one at
  port 4566.

OPTIONS
  --json                One JSON object: address, region, services, each with an address of its own.
  --help                Prints this.

EXIT STATUS
  0  it runs
  1  none answers
  2  the command line is wrong
`;
