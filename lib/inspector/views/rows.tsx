import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Entry, Kind } from "../../journal/entry.js";
import { sentence } from "../../journal/sentences.js";
import { isFailure } from "../filter.js";
import { reachOf, reachText } from "../reach.js";
import type { Source } from "../source.js";
import { isBreak, type Row } from "../timeline.js";
import { Copy, visible } from "./parts.js";
import { openEntry, place } from "./place.js";

/** Pixels of a row: `--row` of the style sheet. */
const HEIGHT = 34;
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

/** What most people look for, to click: each a word of the filter. */
const CHIPS = ["is:event", "is:unheard", "is:twice", "is:failed"];

export function Rows({ source }: { source: Source }) {
  const { timeline } = source;
  const top = useSignal(0);
  const height = useSignal(600);
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const trimmed = useRef(timeline.trimmed);
  /** What the rows took when they were rendered last, in pixels. */
  const tall = useRef(0);
  void source.version.value;
  const rows = timeline.shown;
  // A trace that is still being read stays where it is, so that it can be read along.
  const isReading = source.gateway === undefined && source.link.value === "connecting";
  const follows = (): boolean => isAtEnd.current && place.value === undefined && !isReading;
  const isFollowing = follows();
  // The latest rows at once, not only when the list has moved.
  const end = Math.max(0, rows.length * HEIGHT - height.value);
  const scrolled = top.value;
  const above = isFollowing ? end : scrolled;
  const from = Math.max(0, Math.floor(above / HEIGHT) - BEYOND);
  // A row that comes into sight has the element of one that has left it: to fill one costs less than to make one.
  const elements = Math.ceil(height.value / HEIGHT) + 2 * BEYOND + 2;
  const to = Math.min(rows.length, Math.ceil((above + height.value) / HEIGHT) + BEYOND);

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Whoever reads the latest row goes on doing so, and whoever reads an older one keeps it before the eyes.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const gone = timeline.trimmed - trimmed.current;
    trimmed.current = timeline.trimmed;
    // Somebody may have gone to the end a moment ago, which an event says only in the next frame.
    const { scrollTop, clientHeight } = element;
    if (scrollTop !== top.value && scrollTop + clientHeight >= tall.current - HEIGHT) isAtEnd.current = true;
    tall.current = rows.length * HEIGHT;
    if (follows()) element.scrollTop = element.scrollHeight;
    else if (gone > 0) {
      element.scrollTop -= gone * HEIGHT;
      // Not only in the next frame, which is what hears of it.
      top.value = element.scrollTop;
    }
  });
  useLayoutEffect(() => show(place.value), [place.value, rows.length > 0]);

  function show(seq: number | undefined): void {
    const element = list.current;
    const at = seq === undefined ? -1 : rows.findIndex((row) => !isBreak(row) && row.seq === seq);
    if (element === null || at < 0) return;
    const [above, below] = [at * HEIGHT, (at + 1) * HEIGHT];
    if (above < element.scrollTop) element.scrollTop = above;
    if (below > element.scrollTop + element.clientHeight) element.scrollTop = below - element.clientHeight;
  }

  const move = (by: number): void => {
    const entries = rows.filter((row): row is Entry => !isBreak(row));
    const at = entries.findIndex(({ seq }) => seq === place.value);
    const next = entries[at < 0 ? entries.length - 1 : Math.max(0, Math.min(entries.length - 1, at + by))];
    if (next !== undefined) openEntry(next.seq);
  };
  const filter = (text: string): void => {
    timeline.filterBy(text);
    source.changed();
  };
  const { text, problems } = timeline.filter;
  const words = text.split(/\s+/).filter(Boolean);
  const toggle = (chip: string): void =>
    filter((words.includes(chip) ? words.filter((word) => word !== chip) : [...words, chip]).join(" "));
  const isRendered = rows.slice(from, to).some((row) => !isBreak(row) && row.seq === place.value);
  return (
    <section class="rows" aria-label="Timeline">
      <div class="bar">
        <input
          id="filter"
          type="search"
          aria-label="Filter"
          placeholder="Filter: channel:task-* event:new is:unheard"
          autoComplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => filter(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") filter("");
            else if (event.key === "ArrowDown") list.current?.focus();
          }}
        />
        <div class="chips" role="group" aria-label="Show only">
          {CHIPS.map((chip) => (
            <button key={chip} type="button" aria-pressed={words.includes(chip)} onClick={() => toggle(chip)}>
              {chip.slice(3)}
            </button>
          ))}
        </div>
        {source.gateway !== undefined && (
          <button
            type="button"
            aria-pressed={timeline.isPaused}
            onClick={() => {
              if (timeline.isPaused) timeline.resume();
              else timeline.pause();
              source.changed();
            }}
          >
            {timeline.isPaused
              ? `Go on${timeline.arrived > 0 ? ` (${timeline.arrived.toLocaleString("en")} new)` : ""}`
              : "Pause"}
          </button>
        )}
      </div>
      {problems.map((problem) => (
        <p key={problem} class="hint" role="status">
          {problem}
        </p>
      ))}
      {timeline.older > 0 && (
        <p class="hint">{timeline.older.toLocaleString("en")} older entries are gone: the latest 10,000 are kept.</p>
      )}
      <div
        class="list"
        ref={list}
        tabIndex={0}
        role="listbox"
        aria-label="Entries"
        aria-activedescendant={isRendered ? `row-${place.value}` : undefined}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          top.value = scrollTop;
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - HEIGHT;
        }}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (step !== undefined) {
            event.preventDefault();
            move(step);
          } else if (event.key === "Escape") openEntry(undefined);
        }}
      >
        {rows.length > 0 && (
          <div class="all" role="presentation" style={{ height: `${rows.length * HEIGHT}px` }}>
            {rows.slice(from, to).map((row, at) => (
              <Line key={(from + at) % elements} row={row} at={from + at} of={rows.length} source={source} />
            ))}
          </div>
        )}
      </div>
      {rows.length === 0 && <Empty source={source} isFiltered={timeline.size > 0} />}
    </section>
  );
}

const STEPS: Record<string, number | undefined> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/** Characters of data in a row. */
const GLIMPSE = 160;

function Line({ row, at, of, source }: { row: Row; at: number; of: number; source: Source }) {
  const where = { transform: `translateY(${at * HEIGHT}px)` };
  if (isBreak(row)) {
    return (
      <div
        class="break"
        role="option"
        aria-selected={false}
        aria-posinset={at + 1}
        aria-setsize={of}
        data-kind={row.kind}
        style={where}
      >
        {row.text}
      </div>
    );
  }
  const { seq, kind, channel = "", event = "", bytes, data = "" } = row;
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
      data-event={isEvent}
      data-failed={isFailure(row)}
      data-unheard={reachOf(row)?.reached === 0}
      style={where}
      onClick={() => openEntry(seq)}
    >
      <span class="sign" aria-hidden="true">
        {SIGNS[kind] ?? "·"}
      </span>
      <time>{timeOf(source.date + row.t)}</time>
      <span class="channel">{channel}</span>
      {isEvent ? (
        <span class="what">
          <strong>{visible(event)}</strong> {row.isTwice && <em>twice</em>}{" "}
          <code>{visible(data.slice(0, GLIMPSE))}</code>
        </span>
      ) : (
        <span class="what">{visible(sentence(row, source.people.clients))}</span>
      )}
      {isEvent && <span class="reach">{reachText(row)}</span>}
      {isEvent && <span class="size">{bytes === undefined ? "" : sizeOf(bytes)}</span>}
    </div>
  );
}

function Empty({ source: { gateway, link }, isFiltered }: { source: Source; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <div class="empty">
        <strong>Nothing is like that.</strong>
        <p>The filter admits none of the entries.</p>
      </div>
    );
  }
  if (link.value === "connecting") return <div class="empty" />;
  const line = `curl -d '{"channel":"my-channel","event":"my-event","data":{"message":"hello"}}' ${gateway?.base}/pushrig/v1/trigger`;
  return (
    <div class="empty">
      <strong>Nothing yet.</strong>
      {gateway !== undefined && (
        <>
          <p>Connect a page, or:</p>
          <pre tabIndex={0}>{line}</pre>
          <Copy name="Copy" text={() => line} />
        </>
      )}
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
