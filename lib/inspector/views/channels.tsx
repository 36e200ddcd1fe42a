import { useSignal } from "@preact/signals";
import type { Session } from "../session.js";

export function Channels({ session }: { session: Session }) {
  const said = useSignal("");
  const { channels = [], connections = [] } = session.state.value ?? {};
  const act = async (done: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work;
      said.value = done;
    } catch (error) {
      said.value = (error as Error).message;
    }
    session.look();
  };
  const { network } = session.remote;
  const present = connections.filter(({ isConnected }) => isConnected);
  return (
    <section class="sheet" aria-label="Channels">
      <p class="said" role="status">
        {said.value}
      </p>
      <h2>Channels</h2>
      {channels.length === 0 && <p class="empty">Nobody is subscribed to a channel.</p>}
      <div class="cards">
        {channels.map(({ name, subscribers, members, cached }) => (
          <article key={name} aria-label={name}>
            <h3>{name}</h3>
            <p>{subscribers.length === 1 ? "1 subscriber" : `${subscribers.length} subscribers`}</p>
            <ul>
              {subscribers.map((who) => (
                <li key={who}>{who}</li>
              ))}
            </ul>
            {members !== undefined && (
              <>
                <h4>Members</h4>
                <ul>
                  {members.map(({ id, info }) => (
                    <li key={id}>
                      {id} {info !== undefined && <code>{JSON.stringify(info)}</code>}
                    </li>
                  ))}
                </ul>
              </>
            )}
            {cached !== undefined && (
              <p>
                Cached: <code>{cached.data}</code>
              </p>
            )}
          </article>
        ))}
      </div>
      <h2>Clients</h2>
      {present.length === 0 && <p class="empty">Nobody is connected.</p>}
      <ul class="clients">
        {present.map(({ label, connection = "", door, channels }) => (
          <li key={connection}>
            <strong>{label}</strong>
            <span class="hint">
              {door === "socket" ? "socket" : "in process"},{" "}
              {channels.length === 0 ? "on no channel" : channels.join(", ")}
            </span>
            <span class="actions">
              <button
                type="button"
                aria-label={`Drop ${label}`}
                onClick={() => void act(`${label} was dropped.`, network.drop(connection))}
              >
                Drop
              </button>
              <button
                type="button"
                aria-label={`Silence ${label}`}
                onClick={() => void act(`${label} hears nothing.`, network.silence(connection))}
              >
                Silence
              </button>
            </span>
          </li>
        ))}
      </ul>
      <button
        type="button"
        onClick={() => void act("The next client that connects is refused.", network.refuse({ times: 1 }))}
      >
        Refuse the next connection
      </button>
    </section>
  );
}
