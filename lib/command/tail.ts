/** `pushrig tail`: what happens in an app, a line for each thing. */

import { show } from "../base/shown.js";
import type { Entry, Kind } from "../journal/entry.js";
import { KINDS } from "../journal/sentences.js";
import { nearlyThe } from "../journal/unheard.js";
import type { Remote } from "../remote/remote.js";
import { isAway } from "../remote/remote-error.js";
import type { Followed, Following } from "../remote/shapes.js";
import { TAIL_HELP, tailOptions } from "../options/tail-command.js";
import { controlCommand, type Screen } from "./control.js";
import { JournalLog } from "./journal-log.js";
import { many } from "./count.js";
import { MOST_DATA } from "./lines.js";
import { clean } from "./text.js";

export const tailCommand = controlCommand(
  (args) => tailOptions(args, KINDS),
  TAIL_HELP,
  async (remote, options, screen) => {
    const telling = options.json ? new Json(remote, screen) : new Lines(remote, screen);
    const { channel, event } = options;
    const kinds = options.kinds as Kind[] | undefined;
    const beginning = options.json ? undefined : MOST_DATA;
    const seq = await telling.begin();
    const misspelt = new Misspelt(options);
    const isWanted = (entry: Entry): boolean => {
      misspelt.look(entry);
      return event === undefined || entry.event === event;
    };
    if (event !== undefined || channel !== undefined) {
      const { entries } = await remote.journal({ data: false });
      const { channels } = await remote.state();
      misspelt.lookBack(
        entries,
        channels.map(({ name }) => name),
      );
    }
    const selection = {
      after: options.after ?? seq,
      ...(channel !== undefined && { channel }),
      ...(kinds !== undefined && { kinds }),
      ...(beginning !== undefined && { beginning }),
    };
    if (options.follows) await follow(remote, telling, selection, isWanted);
    else {
      const { entries } = await remote.journal(selection);
      for (const entry of entries) if (isWanted(entry)) await telling.entry(entry);
    }
    return 0;
  },
);

async function follow(
  remote: Remote,
  telling: Telling,
  selection: Following,
  isWanted: (entry: Entry) => boolean,
): Promise<void> {
  // It has no other end, and whoever asks for this one wants no more lines.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
  let isOther = false;
  for await (const followed of remote.events({ ...selection, patience: Infinity })) {
    if (followed.type === "entry") {
      if (isWanted(followed.entry)) await telling.entry(followed.entry);
      continue;
    }
    const { type } = followed;
    // The page of another process is a new one, which has just been said.
    if (type !== "reset" || !isOther) await telling.note(followed);
    isOther = type === "back" && !followed.isSame;
    if (type === "reset" || (type === "back" && !isOther)) await beginAgain(telling);
  }
}

/** Says which names there are that are nearly those which are asked for: else nobody knows why there is nothing to be seen. */
class Misspelt {
  readonly #wanted: ReadonlyArray<{ option: "event" | "channel"; name: string }>;
  /** Options of which it was said, or that are right. */
  readonly #done = new Set<string>();

  constructor({ event, channel }: { event: string | undefined; channel: string | undefined }) {
    this.#wanted = Object.entries({ event, channel }).flatMap(([option, name]) =>
      name === undefined ? [] : [{ option: option as "event" | "channel", name }],
    );
  }

  /** At what there has been, and which channels have subscribers. */
  lookBack(entries: readonly Entry[], channels: readonly string[]): void {
    for (const { option, name } of this.#wanted) {
      const names = new Set([
        ...entries.flatMap((entry) => entry[option] ?? []),
        ...(option === "channel" ? channels : []),
      ]);
      if (names.has(name)) this.#done.add(option);
      else this.#say(option, name, nearlyThe(name, names));
    }
  }

  look(entry: Entry): void {
    for (const { option, name } of this.#wanted) {
      const there = entry[option];
      if (there === undefined || this.#done.has(option)) continue;
      if (there === name) this.#done.add(option);
      else this.#say(option, name, nearlyThe(name, [there]));
    }
  }

  #say(option: string, name: string, near: string | undefined): void {
    if (near === undefined) return;
    this.#done.add(option);
    console.error(
      clean(`pushrig: so far there is no ${option} ${show(name)}; did you mean ${show(near)}, which there is?`),
    );
  }
}

/** A gateway that is away once more is told of by what follows it. */
async function beginAgain(telling: Telling): Promise<void> {
  try {
    await telling.begin();
  } catch (error) {
    if (!isAway(error)) throw error;
  }
}

type Note = Exclude<Followed, { type: "entry" }>;

interface Telling {
  /** Answers where the journal is now. */
  begin(): Promise<number>;
  entry(entry: Entry): Promise<void>;
  note(note: Note): Promise<void>;
}

/** For people. */
class Lines implements Telling {
  readonly #remote: Remote;
  readonly #screen: Screen;
  readonly #log: JournalLog;

  constructor(remote: Remote, screen: Screen) {
    this.#remote = remote;
    this.#screen = screen;
    this.#log = new JournalLog(screen.paint, () => screen.width);
  }

  async begin(): Promise<number> {
    const state = await this.#remote.state();
    const { date } = await this.#remote.journal({ kinds: [], data: false });
    this.#log.begin(state, date);
    return state.seq;
  }

  entry(entry: Entry): Promise<void> {
    return this.#screen.write(this.#log.line(entry));
  }

  note(note: Note): Promise<void> {
    return this.#screen.write(this.#log.note(this.#text(note)));
  }

  #text(note: Note): string {
    switch (note.type) {
      case "reset":
        return `a new page begins with #${note.start}: what was before is forgotten`;
      case "gap":
        return `${many(note.to - note.from + 1, "entry")} left out, #${note.from} to #${note.to}: forgotten before they could be read`;
      case "away":
        return `the gateway at ${this.#remote.url} does not answer any more; it is looked for until Ctrl-C`;
      case "back":
        return `the gateway at ${this.#remote.url} is back${note.isSame ? "" : ", in another process that knows nothing of before"}`;
    }
  }
}

/** For programs: entries as they are in the journal. */
class Json implements Telling {
  readonly #remote: Remote;
  readonly #screen: Screen;
  #date = 0;

  constructor(remote: Remote, screen: Screen) {
    this.#remote = remote;
    this.#screen = screen;
  }

  async begin(): Promise<number> {
    const { date, last } = await this.#remote.journal({ kinds: [], data: false });
    this.#date = date;
    return last;
  }

  entry(entry: Entry): Promise<void> {
    return this.#screen.writeJson({ time: new Date(this.#date + entry.t).toISOString(), ...entry });
  }

  note(note: Note): Promise<void> {
    return this.#screen.writeJson({ time: new Date().toISOString(), ...note });
  }
}
