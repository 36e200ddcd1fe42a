/** Whether a host, as it stands in a URL or as a server listens on it, is this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1|\[::1\])$/.test(host);
}
