import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TriggerRequest } from "../../remote/shapes.js";
import type { Session } from "../session.js";

export interface Draft {
  /** `"server"`, `"user"`, or the connection of a client. */
  as: string;
  channel: string;
  to: string;
  event: string;
  /** JSON, or else it is sent as a text. */
  data: string;
}

const KEY = "pushrig-draft";
const FIRST: Draft = {
  as: "server",
  channel: "my-channel",
  to: "",
  event: "my-event",
  data: '{\n  "message": "hello"\n}',
};

function remembered(): Draft {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Draft>) };
  } catch {
    return FIRST;
  }
}

export function Send({ session, draft: given }: { session: Session; draft: Draft | undefined }) {
  const draft = useSignal(given ?? remembered());
  const said = useSignal("");
  useEffect(() => {
    if (given !== undefined) draft.value = given;
  }, [given]);
  const { as, channel, to, event, data } = draft.value;
  const clients = (session.state.value?.connections ?? []).filter(({ isConnected }) => isConnected);
  const set = (change: Partial<Draft>) => (draft.value = { ...draft.value, ...change });
  const send = async (): Promise<void> => {
    const request: TriggerRequest = { event, data: parsed(data) };
    if (as === "user") request.to = to;
    else request.channel = channel;
    if (as !== "user" && as !== "server") request.as = { client: as };
    try {
      const { seq } = await session.trigger(request);
      localStorage.setItem(KEY, JSON.stringify(draft.value));
      said.value = `Sent: #${seq}.`;
    } catch (error) {
      said.value = (error as Error).message;
    }
  };
  return (
    <form
      class="sheet send"
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
          User <input required value={to} onInput={({ currentTarget }) => set({ to: currentTarget.value })} />
        </label>
      ) : (
        <label>
          Channel{" "}
          <input required value={channel} onInput={({ currentTarget }) => set({ channel: currentTarget.value })} />
        </label>
      )}
      <label>
        Event <input required value={event} onInput={({ currentTarget }) => set({ event: currentTarget.value })} />
      </label>
      <label>
        Data
        <textarea
          rows={8}
          spellcheck={false}
          value={data}
          onInput={({ currentTarget }) => set({ data: currentTarget.value })}
        />
      </label>
      {parsed(data) === data && <p class="hint">This is no JSON: it is sent as a text.</p>}
      <button type="submit" class="main">
        Send
      </button>
      <p class="said" role="status">
        {said.value}
      </p>
    </form>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
