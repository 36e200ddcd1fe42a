import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Entry, Page } from "../../journal/entry.js";
import { sentence } from "../../journal/sentences.js";
import { Clients } from "../../journal/who.js";
import { curlOf, decoded, testOf } from "../copies.js";
import type { Session } from "../session.js";
import { chainOf, verdictsOn } from "../verdicts.js";
import { Copy, Tree } from "./parts.js";
import { open, place } from "./place.js";
import { sizeOf, timeOf } from "./rows.js";
import type { Draft } from "./send.js";

/** Bytes that the service takes. */
const LIMIT = 10_240;

export function Details({ session, onEdit }: { session: Session; onEdit(draft: Draft): void }) {
  const seq = place.value;
  const said = useSignal("");
  const page = useSignal<Page | undefined>(undefined);
  useEffect(() => {
    said.value = "";
    page.value = undefined;
    if (seq === undefined) return undefined;
    let isOver = false;
    session.journal().then(
      (read) => isOver || (page.value = read),
      (error: unknown) => isOver || (said.value = String((error as Error).message)),
    );
    return () => (isOver = true);
  }, [seq]);
  // Read, so that it is drawn again when rows have come.
  void session.version.value;
  const entry = seq === undefined ? undefined : session.timeline.entry(seq);
  if (entry === undefined) {
    return (
      <aside class="details" aria-label="Details">
        <p class="empty">
          {seq === undefined
            ? "Choose an entry to see who got it, and who did not, and why."
            : `#${seq} is not among the entries that are kept.`}
        </p>
      </aside>
    );
  }
  const { kind, channel, event, data, bytes, at, text, code, connection, user } = entry;
  const clients = new Clients(page.value ?? NOBODY);
  const isEvent = kind === "triggered" || kind === "client-event";
  const to = channel?.startsWith(USER) ? channel.slice(USER.length) : undefined;
  const draft: Draft = {
    as: "server",
    channel: to === undefined ? (channel ?? "") : "",
    to: to ?? "",
    event: event ?? "",
    data: data ?? "null",
  };
  const replay = async (): Promise<void> => {
    const what = { event: draft.event, data: decoded(data) };
    try {
      const sent = await session.trigger(to === undefined ? { channel: draft.channel, ...what } : { to, ...what });
      said.value = `Sent again: #${sent.seq}.`;
    } catch (error) {
      said.value = (error as Error).message;
    }
  };
  return (
    <aside class="details" aria-label={`Entry ${entry.seq}`}>
      <div class="bar">
        <h2>
          #{entry.seq} {event ?? kind}
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => open(undefined)}>
          ✕
        </button>
      </div>
      <p>{sentence({ ...entry, data: undefined }, clients)}</p>
      <dl>
        <Term name="Time" value={timeOf(session.date + entry.t)} />
        <Term name="Channel" value={channel} />
        <Term name="From" value={connection} />
        <Term name="User" value={user} />
        <Term name="Code" value={code} />
        <Term name="Says" value={text} />
        <Term name="Line" value={at} />
      </dl>
      {isEvent && (
        <>
          <div class="actions">
            <button type="button" onClick={() => void replay()}>
              Replay
            </button>
            <button type="button" onClick={() => onEdit(draft)}>
              Edit and send
            </button>
            <Copy name="Copy as test" text={() => testOf(entry)} />
            <Copy name="Copy as curl" text={() => curlOf(entry, session.base, session.app)} />
          </div>
          <p class="said" role="status">
            {said.value}
          </p>
          {bytes !== undefined && (
            <label class="weight">
              {sizeOf(bytes)} of 10 KB <meter min={0} max={LIMIT} high={LIMIT * 0.8} value={bytes} />
            </label>
          )}
        </>
      )}
      {data !== undefined && <Tree name="data" value={decoded(data)} />}
      {page.value !== undefined && <Got page={page.value} entry={entry} />}
      {page.value !== undefined && <Chain page={page.value} entry={entry} clients={clients} />}
    </aside>
  );
}

const USER = "#server-to-user-";
const NOBODY: Page = { start: 0, forgotten: 0, last: 0, date: 0, base: [], before: [], taken: {}, entries: [] };

function Term({ name, value }: { name: string; value: string | number | undefined }) {
  if (value === undefined || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Got({ page, entry }: { page: Page; entry: Entry }) {
  const verdicts = verdictsOn(page, entry);
  if (verdicts.length === 0) return null;
  const got = verdicts.filter(({ received }) => received).length;
  return (
    <section class="got">
      <h3>
        {got} of {verdicts.length} got it
      </h3>
      <ul>
        {verdicts.map(({ who, received, text }) => (
          <li data-received={received}>
            {who !== undefined && <strong>{who}</strong>} {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Chain({ page, entry, clients }: { page: Page; entry: Entry; clients: Clients }) {
  const chain = chainOf(page.entries, entry);
  if (chain.length === 0) return null;
  return (
    <section>
      <h3>Causes</h3>
      <ol class="chain">
        {chain.map((one) => (
          <li aria-current={one.seq === entry.seq ? "true" : undefined}>
            <a
              href={`#${one.seq}`}
              onClick={(event) => {
                event.preventDefault();
                open(one.seq);
              }}
            >
              #{one.seq}
            </a>{" "}
            {sentence(one, clients)} {one.at !== undefined && <code>{one.at}</code>}
          </li>
        ))}
      </ol>
    </section>
  );
}
