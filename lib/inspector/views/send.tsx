import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { USER_CHANNEL } from "../../base/user-channel.js";
import type { Entry } from "../../journal/entry.js";
import type { TriggerRequest } from "../../remote/shapes.js";
import type { GatewayLink } from "../source.js";
import { openEntry } from "./place.js";

export interface TriggerDraft {
  /** `"server"`, `"user"`, or the connection of a client. */
  as: string;
  channel: string;
  to: string;
  event: string;
  /** JSON, or else it is sent as a text. */
  data: string;
}

const KEY = "pushrig-drafts";
/** Drafts that are remembered. */
const MOST = 8;
const FIRST: TriggerDraft = {
  as: "server",
  channel: "my-channel",
  to: "",
  event: "my-event",
  data: '{\n  "message": "hello"\n}',
};

/** What an entry says, to be sent again. */
export function draftOf({ channel = "", event = "", data = "null" }: Entry): TriggerDraft {
  const isUser = channel.startsWith(USER_CHANNEL);
  return {
    as: isUser ? "user" : "server",
    channel: isUser ? "" : channel,
    to: isUser ? channel.slice(USER_CHANNEL.length) : "",
    event,
    data: indented(data),
  };
}

/** What was sent before, the latest first. */
function remembered(): TriggerDraft[] {
  try {
    const drafts: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(drafts) ? drafts.map((draft: object) => ({ ...FIRST, ...draft })) : [];
  } catch {
    return [];
  }
}

function remember(draft: TriggerDraft): TriggerDraft[] {
  const text = JSON.stringify(draft);
  const drafts = [draft, ...remembered().filter((one) => JSON.stringify(one) !== text)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(drafts));
  } catch {
    // Full, or turned off: it was sent all the same.
  }
  return drafts;
}

export function SendTab({ gateway, draft: given }: { gateway: GatewayLink; draft: TriggerDraft | undefined }) {
  const before = useSignal(remembered());
  const draft = useSignal(given ?? before.value[0] ?? FIRST);
  const said = useSignal<{ text: string; seq?: number }>({ text: "" });
  useEffect(() => {
    if (given !== undefined) draft.value = given;
  }, [given]);
  const { as, channel, to, event, data } = draft.value;
  const { connections = [], channels = [] } = gateway.state.value ?? {};
  const clients = connections.filter(({ isConnected }) => isConnected);
  const isClient = as !== "server" && as !== "user";
  const set = (change: Partial<TriggerDraft>) => (draft.value = { ...draft.value, ...change });
  const send = async (): Promise<void> => {
    const sent = draft.value;
    const request: TriggerRequest = { event, data: parsed(data) };
    if (as === "user") request.to = to;
    else request.channel = channel;
    if (isClient) request.as = { client: as };
    try {
      const { seq } = await gateway.trigger(request);
      before.value = remember(sent);
      said.value = { text: "Sent: ", seq };
    } catch (error) {
      said.value = { text: (error as Error).message.replace(/^pushrig: /, "") };
    }
  };
  return (
    <section class="sheet pair" aria-label="Send">
      <form
        class="send"
        aria-label="Send an event"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void send();
        }}
      >
        <h2>Send an event</h2>
        <label>
          As
          <select value={as} onChange={({ currentTarget }) => set({ as: currentTarget.value })}>
            <option value="server">the server, to a channel</option>
            <option value="user">the server, to a user</option>
            {clients.map(({ label, connection = "" }) => (
              <option key={connection} value={connection}>
                {label}: a client event
              </option>
            ))}
          </select>
        </label>
        {as === "user" ? (
          <label>
            User
            <input required value={to} onInput={({ currentTarget }) => set({ to: currentTarget.value })} />
          </label>
        ) : (
          <label>
            Channel
            <input
              required
              list="channels"
              value={channel}
              onInput={({ currentTarget }) => set({ channel: currentTarget.value })}
            />
          </label>
        )}
        <datalist id="channels">
          {channels.slice(0, 100).map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label>
          Event
          <input required value={event} onInput={({ currentTarget }) => set({ event: currentTarget.value })} />
        </label>
        {isClient && !event.startsWith("client-") && (
          <p class="hint">A client's event begins with client-, and goes to a private or presence channel.</p>
        )}
        <label>
          Data
          <textarea
            rows={10}
            spellcheck={false}
            value={data}
            onInput={({ currentTarget }) => set({ data: currentTarget.value })}
          />
        </label>
        {parsed(data) === data && <p class="hint">This is no JSON: it is sent as a text.</p>}
        <div class="actions">
          <button type="submit" class="main">
            Send
          </button>
          <p class="said" role="status">
            {said.value.text}
            {said.value.seq !== undefined && (
              <a
                href={`#${said.value.seq}`}
                onClick={(clicked) => {
                  clicked.preventDefault();
                  openEntry(said.value.seq);
                }}
              >
                #{said.value.seq}
              </a>
            )}
          </p>
        </div>
      </form>
      <section class="before" aria-label="Sent before">
        <h3>Sent before</h3>
        {before.value.length === 0 && <p class="hint">What you send is remembered here.</p>}
        <ul>
          {before.value.map((one) => (
            <li key={JSON.stringify(one)}>
              <button type="button" onClick={() => (draft.value = one)}>
                <strong>{one.event}</strong>
                <span class="muted">{one.as === "user" ? `to ${one.to}` : one.channel}</span>
                <code>{one.data}</code>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </section>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function indented(text: string): string {
  const value = parsed(text);
  return value === text ? text : JSON.stringify(value, null, 2);
}
