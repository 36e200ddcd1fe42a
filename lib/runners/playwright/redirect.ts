/** What a page is told before its own scripts run: whatever pusher-js asks for, it gets from the gateway, as the app of the test. */

export interface Destination {
  /** The gateway's address. */
  url: string;
  /** The key of the app. */
  key: string;
}

/** Runs in the page, so it knows nothing but what stands in it. */
export function redirect({ url, key }: Destination): void {
  const gateway = new URL(url);
  const prefix = gateway.pathname.replace(/\/+$/, "");
  const isHere = ({ hostname }: URL): boolean => /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  const portOf = ({ port, protocol }: URL): string => port || (/^(https|wss):$/.test(protocol) ? "443" : "80");

  /** The address that it gets instead, where pusher-js is who asks. */
  const moved = (given: unknown): string | undefined => {
    let address: URL;
    try {
      address = new URL(String(given), location.href);
    } catch {
      return undefined;
    }
    const isSocket = /^wss?:$/.test(address.protocol);
    const [, before, rest] =
      (isSocket
        ? /^(.*)\/app\/[^/]+()$/.exec(address.pathname)
        : /^(.*)\/app\/[^/]+(\/\d+\/[^/]+\/xhr\w*)$/.exec(address.pathname)) ?? [];
    if (before === undefined || (isSocket && !address.searchParams.has("protocol"))) return undefined;
    const path = `/app/${encodeURIComponent(key)}${rest}${address.search}`;
    // By the name that the application uses: a certificate is for one of them.
    if (isHere(address) && isHere(gateway) && portOf(address) === portOf(gateway)) {
      return `${address.protocol}//${address.host}${before}${path}`;
    }
    const scheme = isSocket ? gateway.protocol.replace("http", "ws") : gateway.protocol;
    return `${scheme}//${gateway.host}${prefix}${isSocket ? "" : "/pusher"}${path}`;
  };

  const { XMLHttpRequest: Request } = globalThis;
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct: (target, [address, ...more], newTarget) =>
      Reflect.construct(target, [moved(address) ?? address, ...more], newTarget) as object,
  });
  const { open } = Request.prototype;
  Request.prototype.open = function (this: XMLHttpRequest, method: string, address: string | URL, ...more: unknown[]) {
    Reflect.apply(open, this, [method, moved(address) ?? address, ...more]);
  } as typeof open;
}
