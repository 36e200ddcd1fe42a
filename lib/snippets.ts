/** The lines to paste that connect clients and servers to a gateway. */

import type { AppOptions } from "./app-options.js";

/** Where a gateway is, as its clients see it. */
export interface Address {
  host: string;
  port: number;
  wsPath: string;
}

export interface Snippet {
  title: string;
  lines: string[];
}

/** For each library the lines that make it use this app at this address. */
export function snippets(app: AppOptions, { host, port, wsPath }: Address, acceptsAnyId: boolean): Snippet[] {
  const text = (value: string): string => JSON.stringify(value);
  const cluster = app.cluster ?? "mock-cluster";
  const place = `wsHost: ${text(host)}, wsPort: ${port},${wsPath ? ` wsPath: ${text(wsPath)},` : ""}`;
  const result: Snippet[] = [
    {
      title: "pusher-js",
      lines: [
        `new Pusher(${text(app.key)}, {`,
        `  cluster: ${text(cluster)}, forceTLS: false, ${place}`,
        `  httpHost: ${text(host)}, httpPort: ${port}, enabledTransports: ["ws", "xhr_streaming", "xhr_polling"],`,
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
        `  ${place} forceTLS: false, enabledTransports: ["ws"],`,
        "});",
      ],
    },
  ];
  // The Python library takes nothing but digits.
  const digits = /^\d+$/.test(app.id) ? app.id : acceptsAnyId ? "1" : undefined;
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
