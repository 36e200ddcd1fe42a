import { useSignal } from "@preact/signals";
import { snippets } from "../../command/snippets.js";
import { MOCK_CREDENTIALS } from "../../options/defaults.js";
import type { GatewayLink } from "../source.js";
import { Copy } from "./parts.js";

export function ConnectTab({ gateway }: { gateway: GatewayLink }) {
  const chosen = useSignal(0);
  const { app, gateway: now } = gateway.state.value ?? {};
  if (app === undefined || now === undefined) return null;
  const isSecure = location.protocol === "https:";
  const isMock = app.id === MOCK_CREDENTIALS.appId;
  const address = {
    host: location.hostname,
    port: Number(location.port || (isSecure ? 443 : 80)),
    wsPath: new URL(now.url).pathname.replace(/\/$/, ""),
    isSecure,
  };
  // What was configured is not told: it is in the application's own settings.
  const secret = isMock ? MOCK_CREDENTIALS.secret : "YOUR SECRET";
  const all = snippets({ ...app, secret }, address, isMock);
  const { title, lines } = all[chosen.value];
  return (
    <section class="sheet" aria-label="How to connect">
      <h2>How to connect</h2>
      <dl>
        <dt>App id</dt>
        <dd>{app.id}</dd>
        <dt>Key</dt>
        <dd>{app.key}</dd>
        <dt>Cluster</dt>
        <dd>{app.cluster}</dd>
      </dl>
      <div class="actions" role="group" aria-label="Library">
        {all.map((snippet, at) => (
          <button
            key={snippet.title}
            type="button"
            aria-pressed={at === chosen.value}
            onClick={() => (chosen.value = at)}
          >
            {snippet.title}
          </button>
        ))}
      </div>
      <pre tabIndex={0} aria-label={title}>
        {lines.join("\n")}
      </pre>
      <Copy name="Copy" text={() => lines.join("\n")} />
    </section>
  );
}
