/** The lines to paste that connect clients and servers to a gateway. */

import { MOCK_CREDENTIALS } from "../options/defaults.js";
import type { AppOptions } from "../options/app.js";

/** Where a gateway is, as its clients see it. */
export interface Address {
  host: string;
  port: number;
  wsPath: string;
  /** It takes TLS as well. */
  isSecure?: boolean;
}

export interface Snippet {
  title: string;
  lines: string[];
}

/**
 * For each library the lines that make it use this app at this address. `isMock`: it is the mock's own app, which goes by any
 * id, and for which the gateway signs.
 */
export function snippets(app: AppOptions, { host, port, wsPath, isSecure }: Address, isMock: boolean): Snippet[] {
  const text = (value: string): string => JSON.stringify(value);
  const cluster = app.cluster ?? MOCK_CREDENTIALS.cluster;
  // Pages over https need it; servers do without, and so need not be told of the certificate.
  const [http, wsPort, httpPort] = isSecure ? ["https", "wssPort", "httpsPort"] : ["http", "wsPort", "httpPort"];
  const forceTLS = `forceTLS: ${Boolean(isSecure)}`;
  const place = `wsHost: ${text(host)}, ${wsPort}: ${port},${wsPath ? ` wsPath: ${text(wsPath)},` : ""}`;
  const httpPath = wsPath ? ` httpPath: ${text(`${wsPath}/pusher`)},` : "";
  // Signed is for clients that come over the loopback interface only.
  const signs = isMock && /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
  const authorization = (more = ""): string[] => {
    if (!signs)
      return ["  // channelAuthorization: your application's own endpoint signs for private and presence channels"];
    const asked = (path: string): string =>
      `{ endpoint: ${text(`${http}://${host}:${port}${wsPath}/pusher/${path}`)}, transport: "ajax"${more} }`;
    return [`  channelAuthorization: ${asked("auth")},`, `  userAuthentication: ${asked("user-auth")},`];
  };
  const result: Snippet[] = [
    {
      title: "pusher-js",
      lines: [
        `new Pusher(${text(app.key)}, {`,
        `  cluster: ${text(cluster)}, ${forceTLS}, ${place}`,
        `  httpHost: ${text(host)}, ${httpPort}: ${port},${httpPath} enabledTransports: ["ws", "xhr_streaming", "xhr_polling"],`,
        ...authorization(),
        "});",
      ],
    },
    {
      title: "npm pusher",
      lines: [
        "new Pusher({",
        `  appId: ${text(app.id)}, key: ${text(app.key)}, secret: ${text(app.secret)},`,
        `  host: ${text(host)}, port: "${port}", useTLS: false,`,
        "});",
      ],
    },
    {
      title: "Laravel Echo",
      lines: [
        "new Echo({",
        `  broadcaster: "pusher", key: ${text(app.key)}, cluster: ${text(cluster)},`,
        `  ${place} ${forceTLS}, enabledTransports: ["ws"],`,
        // It writes its CSRF token into these headers, and expects them.
        ...authorization(", headers: {}"),
        "});",
      ],
    },
  ];
  // The Python library takes nothing but digits.
  const digits = /^\d+$/.test(app.id) ? app.id : isMock ? "1" : undefined;
  if (digits !== undefined) {
    result.push({
      title: "Python",
      lines: [
        "pusher.Pusher(",
        `    app_id="${digits}", key=${text(app.key)}, secret=${text(app.secret)},`,
        `    host=${text(host)}, port=${port}, ssl=False,`,
        ")",
      ],
    });
  } else {
    result.push({ title: "Python", lines: [`# the library takes app ids of digits only, not ${text(app.id)}`] });
  }
  return result;
}
