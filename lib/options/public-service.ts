/** Pusher's own hosts, which the mock never contacts. */
export function isPublicService(host: unknown): boolean {
  return /(^|\.)pusher(app)?\.com\.?$/i.test(String(host));
}
