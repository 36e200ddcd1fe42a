import { useSignal, useSignalEffect } from "@preact/signals";
import type { Session } from "../session.js";
import { Channels } from "./channels.js";
import { Connect } from "./connect.js";
import { Details } from "./details.js";
import { Rows } from "./rows.js";
import { type Draft, Send } from "./send.js";
import { Webhooks } from "./webhooks.js";
import { place } from "./place.js";

const TABS = ["Timeline", "Channels", "Send", "Webhooks", "Connect"] as const;
export type Tab = (typeof TABS)[number];

export function App({ session }: { session: Session }) {
  const tab = useSignal<Tab>("Timeline");
  const draft = useSignal<Draft | undefined>(undefined);
  useSignalEffect(() => {
    if (place.value !== undefined) tab.value = "Timeline";
  });
  const edit = (next: Draft) => {
    draft.value = next;
    tab.value = "Send";
  };
  const link = session.link.value;
  return (
    <>
      <header>
        <h1>
          push<span>rig</span>
        </h1>
        <nav aria-label="Views">
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              aria-current={tab.value === name ? "page" : undefined}
              onClick={() => (tab.value = name)}
            >
              {name}
            </button>
          ))}
        </nav>
        <Status session={session} />
      </header>
      <Faults session={session} />
      {link === "token" && <Token session={session} />}
      {(link === "away" || link === "failed") && (
        <p class="trouble" role="alert">
          {link === "away" ? "The gateway does not answer. This page looks for it and goes on by itself. " : ""}
          {session.trouble.value}
        </p>
      )}
      <main>
        {tab.value === "Timeline" && (
          <div class="split" data-open={place.value !== undefined}>
            <Rows session={session} />
            <Details session={session} onEdit={edit} />
          </div>
        )}
        {tab.value === "Channels" && <Channels session={session} />}
        {tab.value === "Send" && <Send session={session} draft={draft.value} />}
        {tab.value === "Webhooks" && <Webhooks session={session} />}
        {tab.value === "Connect" && <Connect session={session} />}
      </main>
    </>
  );
}

const WORDS = { connecting: "connecting", live: "live", away: "away", token: "needs a token", failed: "failed" };

function Status({ session }: { session: Session }) {
  const { gateway, apps, app } = session.state.value ?? {};
  return (
    <div class="status">
      {apps !== undefined && apps.length > 1 && (
        <select aria-label="App" value={app?.id} onChange={(event) => session.chooseApp(event.currentTarget.value)}>
          {apps.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      )}
      <span class="link" data-link={session.link.value} role="status">
        {WORDS[session.link.value]}
      </span>
      {gateway !== undefined && (
        <button
          type="button"
          class="quiet"
          title={`pushrig ${gateway.version}, process ${gateway.pid}`}
          onClick={() => void session.remote.restart().catch(() => undefined)}
        >
          Restart
        </button>
      )}
    </div>
  );
}

function Faults({ session }: { session: Session }) {
  const faults = session.state.value?.faults ?? [];
  if (faults.length === 0) return null;
  const restore = (id?: number) => {
    const { network } = session.remote;
    const done = id === undefined ? network.restore() : session.restore(id);
    void done.finally(() => session.look());
  };
  return (
    <section class="faults" aria-label="Faults that are on">
      <strong>Faults are on</strong>
      <ul>
        {faults.map(({ id, do: verb, options, strikes }) => (
          <li key={id}>
            <code>
              {verb} {JSON.stringify(options)}
            </code>{" "}
            struck {strikes === 1 ? "once" : `${strikes} times`}
            <button type="button" onClick={() => restore(id)}>
              Restore {verb}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => restore()}>
        Restore all
      </button>
    </section>
  );
}

function Token({ session }: { session: Session }) {
  const token = useSignal("");
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        session.useToken(token.value.trim());
      }}
    >
      <p role="alert">{session.trouble.value}</p>
      <label>
        The gateway's token{" "}
        <input
          type="password"
          autoComplete="off"
          required
          value={token}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
      <p class="hint">The command prints it at its start. It is kept for this tab only.</p>
    </form>
  );
}
