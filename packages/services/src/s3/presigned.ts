/** URLs that are signed for a time: the signature is not checked, the time is. */
import { S3Error } from "./error.ts";

/** `X-Amz-Date` and `X-Amz-Expires`, in seconds. Throws AccessDenied when that time is over. */
export function checkNotExpired(query: URLSearchParams, now: number): void {
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get("X-Amz-Date") ?? "");
  const seconds = Number(query.get("X-Amz-Expires") ?? Number.NaN);
  if (!date || Number.isNaN(seconds)) return;
  const [, year, month, day, hour, minute, second] = date.map(Number);
  const expires = Date.UTC(year!, month! - 1, day, hour, minute, second) + seconds * 1000;
  if (now <= expires) return;
  throw new S3Error(403, "AccessDenied", "Request has expired", {
    "X-Amz-Expires": `${seconds}`,
    Expires: new Date(expires).toISOString(),
    ServerTime: new Date(now).toISOString(),
  });
}
