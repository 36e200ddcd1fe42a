import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { USER_CHANNEL } from "../../base/user-channel.js";
import type { Entry, Page } from "../../journal/entry.js";
import { sentence } from "../../journal/sentences.js";
import { Clients } from "../../journal/who.js";
import { curlOf, decoded, testOf } from "../copies.js";
import { isFailure } from "../filter.js";
import type { Source } from "../source.js";
import { chainOf, type ClientVerdict, verdictsOn } from "../verdicts.js";
import { Copy, Tree, visible } from "./parts.js";
import { openEntry, place } from "./place.js";
import { sizeOf, timeOf } from "./rows.js";
import { type TriggerDraft, draftOf } from "./send.js";

/** Bytes that the service takes. */
const LIMIT = 10_240;
/** Milliseconds until it looks again whether something has arrived that is under way. */
const PACE = 500;

/** An entry with what it takes to say who got it. */
interface Read {
  page: Page;
  entry: Entry;
  verdicts: ClientVerdict[];
}

export function Details({ source, onEdit }: { source: Source; onEdit(draft: TriggerDraft): void }) {
  const seq = place.value;
  const read = useSignal<Read | undefined>(undefined);
  const said = useSignal("");
  void source.version.value;
  const seen = seq === undefined ? undefined : source.timeline.entry(seq);
  useEffect(() => {
    read.value = undefined;
    said.value = "";
    if (seen === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const look = async (): Promise<void> => {
      try {
        const [page, entry] = await Promise.all([source.journal(seen.seq), source.whole(seen)]);
        if (isOver) return;
        const verdicts = verdictsOn(page, entry);
        read.value = { page, entry, verdicts };
        if (verdicts.some(({ reason }) => reason === "under-way")) timer = setTimeout(() => void look(), PACE);
      } catch {
        // The gateway is away, and the page says so.
      }
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [seq, seen !== undefined]);
  if (seen === undefined) {
    return (
      <aside class="details" aria-label="Details">
        <div class="empty">
          {seq === undefined ? (
            <>
              <strong>Choose an entry</strong>
              <p>to see who got it, and who did not, and why.</p>
            </>
          ) : (
            <>
              <strong>#{seq} is not here.</strong>
              <p>It is older than what is kept, or of another run.</p>
              <button type="button" onClick={() => openEntry(undefined)}>
                Close
              </button>
            </>
          )}
        </div>
      </aside>
    );
  }
  const now = read.value;
  const entry = now !== undefined && now.entry.seq === seq ? now.entry : seen;
  const { kind, channel, event, data, bytes, at, text, code, connection, user, to, path } = entry;
  const clients = now === undefined ? source.people.clients : new Clients(now.page);
  const isEvent = kind === "triggered" || kind === "client-event";
  return (
    <aside class="details" aria-label={`Entry ${entry.seq}`} data-failed={isFailure(seen)}>
      <div class="title">
        <h2>
          <span class="muted">#{entry.seq}</span> {visible(event ?? kind)}
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => openEntry(undefined)}>
          ✕
        </button>
      </div>
      <p>{visible(sentence({ ...entry, data: undefined }, clients))}</p>
      {isEvent && <Actions source={source} entry={entry} said={said} onEdit={onEdit} />}
      <dl>
        <Term name="Time" value={timeOf(source.date + entry.t)} />
        <Term name="Channel" value={channel} />
        <Term name="From" value={connection} />
        <Term name="User" value={user} />
        <Term name="To" value={to} />
        <Term name="Path" value={path} />
        <Term name="Code" value={code} />
        <Term name="Says" value={text} />
        <Term name="Line" value={at} />
      </dl>
      {now !== undefined && <Got source={source} entry={entry} said={said} verdicts={now.verdicts} />}
      {isEvent && bytes !== undefined && (
        <label class="weight">
          {sizeOf(bytes)} of 10 KB <meter min={0} max={LIMIT} high={LIMIT * 0.8} value={bytes} />
        </label>
      )}
      {data !== undefined && <Tree key={entry.seq} name="data" value={decoded(data)} />}
      {now !== undefined && <Chain page={now.page} entry={entry} clients={clients} />}
    </aside>
  );
}

function Term({ name, value }: { name: string; value: string | number | undefined }) {
  if (value === undefined || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "string" ? visible(value) : value}</dd>
    </>
  );
}

/** What is done to the entry that is open. */
interface Acting {
  source: Source;
  entry: Entry;
  /** What became of it. */
  said: Signal<string>;
}

/** Sends it again, to one client only if one is named. */
async function replay({ source, entry, said }: Acting, only?: string): Promise<void> {
  const { channel, to, event, data } = draftOf(await source.whole(entry));
  const what = { event, data: decoded(data), ...(only !== undefined && { only }) };
  try {
    const sent = await source.gateway?.trigger(to === "" ? { channel, ...what } : { to, ...what });
    said.value = `Sent again: #${sent?.seq}.`;
  } catch (error) {
    said.value = (error as Error).message.replace(/^pushrig: /, "");
  }
}

function Actions({ source, entry, said, onEdit }: Acting & { onEdit(draft: TriggerDraft): void }) {
  const { gateway } = source;
  return (
    <>
      <div class="actions">
        {gateway !== undefined && (
          <>
            <button type="button" onClick={() => void replay({ source, entry, said })}>
              Replay
            </button>
            <button type="button" onClick={() => void source.whole(entry).then((whole) => onEdit(draftOf(whole)))}>
              Edit and send
            </button>
          </>
        )}
        <Copy name="Copy as test" text={async () => testOf(await source.whole(entry))} />
        {gateway !== undefined && (
          <Copy name="Copy as curl" text={async () => curlOf(await source.whole(entry), gateway)} />
        )}
      </div>
      <p class="said" role="status">
        {said.value}
      </p>
    </>
  );
}

/** Clients that are listed at once. */
const SHOWN = 100;

function Got({ source, entry, said, verdicts }: Acting & { verdicts: readonly ClientVerdict[] }) {
  if (verdicts.length === 0) return null;
  const there = verdicts.filter(({ wasThere }) => wasThere);
  const got = there.filter(({ received }) => received).length;
  const isNobody = there[0]?.who === undefined;
  const canReplay =
    source.gateway !== undefined && entry.kind === "triggered" && !entry.channel?.startsWith(USER_CHANNEL);
  const list = (title: string, all: readonly ClientVerdict[]) => (
    <>
      <h3>{title}</h3>
      <ul>
        {all.slice(0, SHOWN).map(({ who = "", connection, received, wasThere, text }) => (
          <li key={who} data-received={wasThere ? received : undefined}>
            <span class="unseen">{received ? "Received: " : "Not received: "}</span>
            <p>
              <strong>{visible(text.startsWith(who) ? who : "")}</strong>
              {visible(text.startsWith(who) ? text.slice(who.length) : text)}
            </p>
            {canReplay && connection !== undefined && (
              <button
                type="button"
                class="quiet"
                title={`Sends it once more, to ${who} only`}
                onClick={() => void replay({ source, entry, said }, connection)}
              >
                Replay<span class="unseen"> to {who} only</span>
              </button>
            )}
          </li>
        ))}
        {all.length > SHOWN && <li class="muted">{all.length - SHOWN} more</li>}
      </ul>
    </>
  );
  return (
    <section class="got">
      {list(isNobody ? "Nobody got it" : `${got} of ${there.length} got it`, there)}
      {there.length < verdicts.length &&
        list(
          "Not subscribed then",
          verdicts.filter(({ wasThere }) => !wasThere),
        )}
    </section>
  );
}

function Chain({ page, entry, clients }: { page: Page; entry: Entry; clients: Clients }) {
  const chain = chainOf(page.entries, entry);
  if (chain.length === 0) return null;
  return (
    <section>
      <h3>What led to what</h3>
      <ol class="chain">
        {chain.map((one) => (
          <li key={one.seq} aria-current={one.seq === entry.seq ? "true" : undefined}>
            <a
              href={`#${one.seq}`}
              onClick={(event) => {
                event.preventDefault();
                openEntry(one.seq);
              }}
            >
              #{one.seq}
            </a>{" "}
            {visible(sentence(one, clients))} {one.at !== undefined && <code>{one.at}</code>}
          </li>
        ))}
      </ol>
    </section>
  );
}
