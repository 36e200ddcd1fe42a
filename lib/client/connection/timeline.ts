/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

export interface TimelineOptions {
  level?: number;
  limit?: number;
  version?: string;
  cluster?: string;
  features?: string[];
  params?: any;
}

const ERROR = 3;
const INFO = 6;
const DEBUG = 7;

/** The diary of a client's connection that pusher-js keeps for its statistics. The mock keeps it and sends it nowhere. */
export class Timeline {
  key: string;
  session: number;
  events: any[] = [];
  options: TimelineOptions;
  sent = 0;
  uniqueID = 0;

  constructor(key: string, session: number, options: TimelineOptions) {
    this.key = key;
    this.session = session;
    this.options = options ?? {};
  }

  log(level: number, event: any): void {
    if (level > (this.options.level ?? INFO)) return;
    // Not spread: with undefined fields that gives each entry a hidden class of its own.
    this.#add(Object.assign({}, event));
  }

  /** As `info`, for an entry that nobody else has: it is not copied. */
  note(entry: any): void {
    if (INFO <= (this.options.level ?? INFO)) this.#add(entry);
  }

  #add(entry: any): void {
    entry.timestamp = Date.now();
    this.events.push(entry);
    if (this.options.limit && this.events.length > this.options.limit) this.events.shift();
  }

  error(event: any): void {
    this.log(ERROR, event);
  }

  info(event: any): void {
    this.log(INFO, event);
  }

  debug(event: any): void {
    this.log(DEBUG, event);
  }

  isEmpty(): boolean {
    return this.events.length === 0;
  }

  /** Hands the events so far to `sendfn` and starts afresh. */
  send(sendfn: any, callback?: any): boolean {
    const { version, cluster, features, params } = this.options;
    const { key, session, events: timeline } = this;
    this.events = [];
    sendfn(
      { session, bundle: this.sent + 1, key, lib: "js", version, cluster, features, timeline, ...params },
      (error: unknown, result: unknown) => {
        if (!error) this.sent += 1;
        callback?.(error, result);
      },
    );
    return true;
  }

  generateUniqueID(): number {
    this.uniqueID += 1;
    return this.uniqueID;
  }
}

/** Present when `enableStats` is set, as in pusher-js; it answers at once and sends nothing. */
export class TimelineSender {
  timeline: Timeline;
  options: { host?: string; port?: number; path?: string };
  declare host: string;

  constructor(timeline: Timeline, options: { host?: string; port?: number; path?: string }) {
    this.timeline = timeline;
    this.options = options;
  }

  send(_useTLS: boolean, callback?: Function): void {
    if (!this.timeline.isEmpty()) this.timeline.send((_data: unknown, done: Function) => done(null, {}), callback);
  }
}
