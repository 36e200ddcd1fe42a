import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { GatewayLink, Link, Source } from "../source.js";
import { ChannelsTab } from "./channels.js";
import { ConnectTab } from "./connect.js";
import { Details } from "./details.js";
import { FaultsBar } from "./faults.js";
import { goTo, place, tab, type Tab, TABS } from "./place.js";
import { Rows } from "./rows.js";
import { type TriggerDraft, SendTab } from "./send.js";
import { WebhooksTab } from "./webhooks.js";

const NAMES: Record<Tab, string> = {
  timeline: "Timeline",
  channels: "Channels",
  send: "Send",
  webhooks: "Webhooks",
  connect: "Connect",
};

export function App({ source }: { source: Source }) {
  const draft = useSignal<TriggerDraft | undefined>(undefined);
  const { gateway } = source;
  const shown = gateway === undefined ? "timeline" : tab.value;
  const title = source.about?.title ?? gateway?.base.replace(/^\w+:\/\//, "");
  useEffect(() => {
    document.title = `${shown === "timeline" ? "" : `${NAMES[shown]} · `}pushrig ${title}`;
  }, [shown, title]);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as Element).tagName);
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      goTo("timeline");
      // At once where it is there: what is typed next is meant for it.
      const focus = () => document.querySelector<HTMLInputElement>("#filter")?.focus();
      if (document.querySelector("#filter") === null) setTimeout(focus);
      else focus();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  const edit = (next: TriggerDraft): void => {
    draft.value = next;
    goTo("send");
  };
  return (
    <>
      <header>
        <h1>
          push<span>rig</span>
        </h1>
        {gateway !== undefined && (
          <nav aria-label="Views">
            {TABS.map((name) => (
              <button
                key={name}
                type="button"
                aria-current={shown === name ? "page" : undefined}
                onClick={() => goTo(name)}
              >
                {NAMES[name]}
                {name === "webhooks" && <Failed gateway={gateway} />}
              </button>
            ))}
          </nav>
        )}
        {gateway !== undefined && <Status link={source.link.value} gateway={gateway} />}
      </header>
      {source.about !== undefined && <About {...source.about} />}
      {gateway !== undefined && <FaultsBar gateway={gateway} />}
      <Trouble source={source} />
      <main>
        {shown === "timeline" && (
          <div class="split" data-open={place.value !== undefined}>
            <Rows source={source} />
            <Details source={source} onEdit={edit} />
          </div>
        )}
        {gateway !== undefined && shown === "channels" && <ChannelsTab gateway={gateway} source={source} />}
        {gateway !== undefined && shown === "send" && <SendTab gateway={gateway} draft={draft.value} />}
        {gateway !== undefined && shown === "webhooks" && <WebhooksTab gateway={gateway} />}
        {gateway !== undefined && shown === "connect" && <ConnectTab gateway={gateway} />}
      </main>
    </>
  );
}

function About({ title, failure }: { title: string; failure?: string | undefined }) {
  return (
    <section class="about" aria-label="The trace">
      <h2>{title}</h2>
      {failure !== undefined && <pre tabIndex={0}>{failure}</pre>}
    </section>
  );
}

const WORDS: Record<Link, string> = {
  connecting: "connecting",
  live: "live",
  away: "away",
  token: "needs a token",
  failed: "failed",
  still: "",
};

function Status({ link, gateway }: { link: Link; gateway: GatewayLink }) {
  const { gateway: now, apps, app } = gateway.state.value ?? {};
  return (
    <div class="status">
      {apps !== undefined && apps.length > 1 && (
        <select aria-label="App" value={app?.id} onChange={(event) => gateway.chooseApp(event.currentTarget.value)}>
          {apps.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      )}
      <span class="link" data-link={link} role="status">
        {WORDS[link]}
      </span>
      {now !== undefined && (
        <button
          type="button"
          title={`pushrig ${now.version}, process ${now.pid}. It listens anew; clients come back after a second.`}
          onClick={() =>
            void gateway
              .restart()
              .catch(() => undefined)
              .finally(() => gateway.look())
          }
        >
          Restart
        </button>
      )}
    </div>
  );
}

function Failed({ gateway }: { gateway: GatewayLink }) {
  const failed = gateway.webhooks.value.filter(({ state }) => state === "failed" || state === "retrying").length;
  if (failed === 0) return null;
  return (
    <span class="badge">
      {failed}
      <span class="unseen"> failed</span>
    </span>
  );
}

function Trouble({ source }: { source: Source }) {
  const { gateway } = source;
  const link = source.link.value;
  if (link === "token" && gateway !== undefined) return <Token trouble={source.trouble.value} gateway={gateway} />;
  if (link !== "away" && link !== "failed") return null;
  return (
    <p class="trouble" role="alert">
      {link === "away" && <strong>The gateway is away. This page looks for it and goes on by itself. </strong>}
      {source.trouble.value}
    </p>
  );
}

function Token({ trouble, gateway }: { trouble: string; gateway: GatewayLink }) {
  const token = useSignal("");
  return (
    <form
      class="trouble"
      onSubmit={(event) => {
        event.preventDefault();
        gateway.useToken(token.value.trim());
      }}
    >
      <p role="alert">{trouble}</p>
      <div class="actions">
        <input
          type="password"
          aria-label="The gateway's token"
          placeholder="The gateway's token"
          autoComplete="off"
          required
          value={token}
          onInput={(event) => (token.value = event.currentTarget.value)}
        />
        <button type="submit" class="main">
          Open
        </button>
      </div>
      <p class="hint">
        It is what gateway.token and the option or variable PUSHRIG_TOKEN say. This tab keeps it, and nobody else.
      </p>
    </form>
  );
}
