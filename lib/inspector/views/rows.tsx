import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Entry, Kind } from "../../journal/entry.js";
import { Clients } from "../../journal/who.js";
import { sentence } from "../../journal/sentences.js";
import { isFailure } from "../filter.js";
import { reachOf, reachText } from "../reach.js";
import type { Session } from "../session.js";
import { isBreak, keyOf, type Row } from "../timeline.js";
import { open, place } from "./place.js";

/** Pixels of a row: `--row` of the style sheet. */
const HEIGHT = 36;
/** Rows above and below what is seen. */
const BEYOND = 8;

const SIGNS: Record<Kind, string> = {
  connected: "●",
  closed: "○",
  "signed-in": "◆",
  subscribing: "…",
  subscribed: "+",
  refused: "✕",
  left: "−",
  bound: "∙",
  unbound: "∙",
  threw: "!",
  triggered: "→",
  rejected: "✕",
  "client-event": "⇄",
  "member-added": "+",
  "member-removed": "−",
  webhook: "⇢",
  request: "⌁",
  fault: "⚡",
  notice: "!",
  reset: "↺",
};

export function Rows({ session }: { session: Session }) {
  const { timeline } = session;
  const text = useSignal("");
  const top = useSignal(0);
  const height = useSignal(600);
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // Read, so that it is drawn again when rows have come.
  void session.version.value;
  const rows = timeline.shown;
  const from = Math.max(0, Math.floor(top.value / HEIGHT) - BEYOND);
  const to = Math.min(rows.length, Math.ceil((top.value + height.value) / HEIGHT) + BEYOND);

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Whoever reads the latest row goes on doing so.
  useLayoutEffect(() => {
    const element = list.current;
    if (element !== null && isAtEnd.current && place.value === undefined) element.scrollTop = element.scrollHeight;
  });
  useLayoutEffect(() => show(place.value), [place.value, rows.length > 0]);

  function show(seq: number | undefined): void {
    const element = list.current;
    const at = rows.findIndex((row) => !isBreak(row) && row.seq === seq);
    if (element === null || at < 0) return;
    const [above, below] = [at * HEIGHT, (at + 1) * HEIGHT];
    if (above < element.scrollTop) element.scrollTop = above;
    if (below > element.scrollTop + element.clientHeight) element.scrollTop = below - element.clientHeight;
  }

  const move = (by: number): void => {
    const entries = rows.filter((row): row is Entry => !isBreak(row));
    const at = entries.findIndex(({ seq }) => seq === place.value);
    const next = entries[at < 0 ? entries.length - 1 : Math.max(0, Math.min(entries.length - 1, at + by))];
    if (next !== undefined) open(next.seq);
  };

  const { problems } = timeline.filter;
  return (
    <section class="rows" aria-label="Timeline">
      <div class="bar">
        <input
          type="search"
          aria-label="Filter"
          placeholder="channel:task-* event:new is:unheard"
          value={text}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            timeline.filterBy(text.value);
            session.changed();
          }}
        />
        <button
          type="button"
          aria-pressed={timeline.isPaused}
          onClick={() => {
            if (timeline.isPaused) timeline.resume();
            else timeline.pause();
            session.changed();
          }}
        >
          {timeline.isPaused
            ? `Go on${timeline.arrived > 0 ? ` (${timeline.arrived.toLocaleString("en")} new)` : ""}`
            : "Pause"}
        </button>
      </div>
      {problems.map((problem) => (
        <p class="hint" role="status">
          {problem}
        </p>
      ))}
      {timeline.older > 0 && (
        <p class="hint">{timeline.older.toLocaleString("en")} older entries are gone: 10,000 are kept.</p>
      )}
      <div
        class="list"
        ref={list}
        tabIndex={0}
        role="listbox"
        aria-label="Entries"
        aria-activedescendant={place.value === undefined ? undefined : `row-${place.value}`}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          top.value = scrollTop;
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - HEIGHT;
        }}
        onKeyDown={(event) => {
          const step = {
            ArrowDown: 1,
            j: 1,
            ArrowUp: -1,
            k: -1,
            PageDown: 10,
            PageUp: -10,
            Home: -Infinity,
            End: Infinity,
          }[event.key];
          if (step !== undefined) {
            event.preventDefault();
            move(step);
          } else if (event.key === "Escape") open(undefined);
        }}
      >
        {rows.length === 0 && <Empty session={session} isFiltered={timeline.size > 0} />}
        <div class="all" role="presentation" style={{ height: `${rows.length * HEIGHT}px` }}>
          {rows.slice(from, to).map((row, at) => (
            <Line key={keyOf(row)} row={row} at={from + at} of={rows.length} date={session.date} />
          ))}
        </div>
      </div>
    </section>
  );
}

const nobody = new Clients({ start: 0, forgotten: 0, last: 0, date: 0, base: [], before: [], taken: {}, entries: [] });

function Line({ row, at, of, date }: { row: Row; at: number; of: number; date: number }) {
  const where = { transform: `translateY(${at * HEIGHT}px)` };
  if (isBreak(row)) {
    return (
      <div class="break" role="option" aria-selected={false} aria-posinset={at + 1} aria-setsize={of} style={where}>
        {row.text}
      </div>
    );
  }
  const { seq, kind, channel = "", event, bytes } = row;
  const isUnheard = reachOf(row)?.reached === 0;
  const isEvent = kind === "triggered" || kind === "client-event";
  return (
    <div
      id={`row-${seq}`}
      class="row"
      role="option"
      aria-selected={place.value === seq}
      aria-posinset={at + 1}
      aria-setsize={of}
      data-kind={kind}
      data-failed={isFailure(row)}
      data-unheard={isUnheard}
      style={where}
      onClick={() => open(seq)}
    >
      <span class="sign" aria-hidden="true">
        {SIGNS[kind] ?? "·"}
      </span>
      <time>{timeOf(date + row.t)}</time>
      <span class="channel">{channel}</span>
      <span class="what">{isEvent ? event : sentence(row, nobody)}</span>
      <span class="reach">{isUnheard ? "unheard" : reachText(row)}</span>
      <span class="size">{bytes === undefined ? "" : sizeOf(bytes)}</span>
    </div>
  );
}

function Empty({ session, isFiltered }: { session: Session; isFiltered: boolean }) {
  if (isFiltered) return <p class="empty">The filter admits none of the entries.</p>;
  return (
    <div class="empty">
      <strong>Nothing yet.</strong>
      <p>Connect a page, or:</p>
      <code>{`curl -d '{"channel":"my-channel","event":"my-event","data":{"message":"hello"}}' ${session.base}/pushrig/v1/trigger`}</code>
    </div>
  );
}

export function sizeOf(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : `${(bytes / 1_024).toFixed(1)} KB`;
}

export function timeOf(date: number): string {
  const time = new Date(date);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
