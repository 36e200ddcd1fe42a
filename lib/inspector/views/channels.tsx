import { useSignal } from "@preact/signals";
import type { ConnectionNow } from "../../remote/shapes.js";
import { decoded } from "../copies.js";
import type { GatewayLink, Source } from "../source.js";
import { Avatar, Tree } from "./parts.js";
import { goTo } from "./place.js";

export function ChannelsTab({ gateway, source }: { gateway: GatewayLink; source: Source }) {
  const said = useSignal("");
  const { channels = [], connections = [] } = gateway.state.value ?? {};
  const act = async (done: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work;
      said.value = done;
    } catch (error) {
      said.value = (error as Error).message.replace(/^pushrig: /, "");
    }
    gateway.look();
  };
  const present = connections.filter(({ isConnected }) => isConnected);
  const nameOf = (who: string): string =>
    present.find(({ connection, name }) => connection === who || name === who)?.label ?? who;
  const showRows = (name: string): void => {
    source.timeline.filterBy(`channel:${name}`);
    source.changed();
    goTo("timeline");
  };
  return (
    <section class="sheet" aria-label="Channels">
      <h2>Channels</h2>
      {channels.length === 0 && <p class="empty">Nobody is subscribed to a channel.</p>}
      <div class="cards">
        {channels.map(({ name, subscribers, members, cached }) => (
          <article key={name} aria-label={name}>
            <h3>
              <button type="button" class="quiet" title="Show what happened there" onClick={() => showRows(name)}>
                {name}
              </button>
              <span class="muted">
                {subscribers.length === 1 ? "1 subscriber" : `${subscribers.length} subscribers`}
              </span>
            </h3>
            {members === undefined ? (
              <ul class="chips">
                {subscribers.slice(0, MOST).map((who) => (
                  <li key={who}>{nameOf(who)}</li>
                ))}
                {subscribers.length > MOST && <li>{(subscribers.length - MOST).toLocaleString("en")} more</li>}
              </ul>
            ) : (
              <>
                <h4>{members.length === 1 ? "1 member" : `${members.length} members`}</h4>
                <ul class="members">
                  {members.slice(0, MOST).map(({ id, info }) => (
                    <li key={id}>
                      <Avatar name={id} />
                      <span>
                        <strong>{id}</strong> {info !== undefined && <code>{JSON.stringify(info)}</code>}
                      </span>
                    </li>
                  ))}
                  {members.length > MOST && <li>{(members.length - MOST).toLocaleString("en")} more</li>}
                </ul>
              </>
            )}
            {cached !== undefined && (
              <div class="cached">
                <h4>Cached for {Math.round(cached.ttl)} s more</h4>
                <Tree name="data" value={decoded(cached.data)} depth={1} />
              </div>
            )}
          </article>
        ))}
      </div>
      <h2>Clients</h2>
      {present.length === 0 && <p class="empty">Nobody is connected.</p>}
      <ul class="clients">
        {present.slice(0, 10 * MOST).map((client) => (
          <Client key={client.connection} client={client} act={act} gateway={gateway} />
        ))}
      </ul>
      <div class="actions">
        <button
          type="button"
          onClick={() =>
            void act("The next client that connects is refused.", gateway.change({ do: "refuse", times: 1 }))
          }
        >
          Refuse the next connection
        </button>
        <button
          type="button"
          onClick={() =>
            void act(
              "The next authorization fails with 403.",
              gateway.change({ do: "failAuthorization", status: 403, times: 1 }),
            )
          }
        >
          Refuse the next authorization
        </button>
      </div>
      <p class="said" role="status">
        {said.value}
      </p>
    </section>
  );
}

/** Names of one channel that are shown. */
const MOST = 50;

interface Acting {
  client: ConnectionNow;
  act(done: string, work: Promise<unknown>): Promise<void>;
  gateway: GatewayLink;
}

function Client({ client: { label, connection = "", socketId, door, channels }, act, gateway }: Acting) {
  return (
    <li>
      <Avatar name={label} />
      <div class="who">
        <strong>{label}</strong>
        <span class="muted">
          {door === "socket" ? "socket" : "in process"} {socketId}
        </span>
        <span class="muted">{channels.length === 0 ? "on no channel" : channels.join(", ")}</span>
      </div>
      <span class="actions">
        <button
          type="button"
          aria-label={`Drop ${label}`}
          title="Ends its connection; it comes back by itself"
          onClick={() => void act(`${label} was dropped.`, gateway.change({ do: "drop", client: connection }))}
        >
          Drop
        </button>
        <button
          type="button"
          aria-label={`Silence ${label}`}
          title="Pulls its cable: nothing arrives, and neither side is told"
          onClick={() => void act(`${label} hears nothing.`, gateway.change({ do: "silence", client: connection }))}
        >
          Silence
        </button>
        <button
          type="button"
          aria-label={`Refuse next: ${label}`}
          title="Once it is gone, it is refused when it comes back"
          onClick={() =>
            void act(
              `When ${label} connects anew, it is refused.`,
              gateway.change({ do: "refuse", client: connection, times: 1 }),
            )
          }
        >
          Refuse next
        </button>
      </span>
    </li>
  );
}
