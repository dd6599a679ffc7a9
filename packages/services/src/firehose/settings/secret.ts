/** A secret in place of a key or a password. */
import type { Properties } from "./property.ts";

/** Checked, and not read: a secret is on AWS, and its key is not sent from here. */
export function readSecret(own: Properties): { readonly enabled: boolean } {
  const secret = own.object("SecretsManagerConfiguration");
  if (!secret) return { enabled: false };
  secret.only(["Enabled", "SecretARN", "RoleARN"]);
  const enabled = secret.flag("Enabled", false);
  if (enabled) secret.required("SecretARN");
  return { enabled };
}
