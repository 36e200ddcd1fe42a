/** Events as waiters answer them, and as `triggers()` lists them. */

/** An event that was triggered, or that a client sent. */
export interface Message {
  channel: string;
  event: string;
  /** What a subscriber receives. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what data is, is the application's to say
  data: any;
  /** Its place in the journal. */
  seq: number;
  /** The application's own line that triggered it: only in tests and with `debug`. */
  at?: string;
}

/** An event with whom it went to. Clients are called by their name, or else by their connectionId or socket id. */
export interface Trigger extends Message {
  /** Who had subscribed to the channel by then, whoever was left out not among them. */
  recipients: string[];
  /** Whom the publisher left out with `socket_id`. */
  except?: string;
  /** On a client event: who sent it. */
  by?: string;
}
