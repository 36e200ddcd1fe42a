/** What is looked at, as it stands in the address: a row, `/#412`, or a tab, `/#channels`. */

import { signal } from "@preact/signals";

export const TABS = ["timeline", "channels", "send", "webhooks", "connect"] as const;
export type Tab = (typeof TABS)[number];

interface Place {
  tab: Tab;
  /** The row that is open. */
  seq: number | undefined;
}

function read(): Place {
  const text = location.hash.slice(1);
  const seq = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return { tab: TABS.find((name) => name === text) ?? "timeline", seq };
}

const first = read();
export const place = signal(first.seq);
export const tab = signal(first.tab);

addEventListener("hashchange", () => {
  const { tab: nextTab, seq } = read();
  tab.value = nextTab;
  place.value = seq;
});

/** Opens a row, or closes the one that is open. One entry of the browser's history, however many rows are looked at. */
export function openEntry(seq: number | undefined): void {
  if (tab.value === "timeline") history.replaceState(undefined, "", seq === undefined ? here() : `#${seq}`);
  else history.pushState(undefined, "", `#${seq}`);
  tab.value = "timeline";
  place.value = seq;
}

export function goTo(next: Tab): void {
  if (next !== tab.value) history.pushState(undefined, "", next === "timeline" ? here() : `#${next}`);
  tab.value = next;
  place.value = undefined;
}

function here(): string {
  return location.pathname + location.search;
}
