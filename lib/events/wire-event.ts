/** An event on its way to the clients of this process. */
export interface WireEvent {
  readonly channel: string;
  readonly event: string;
  /** JSON text, or any text that was published as a string; undefined when there is no data. */
  readonly data: string | undefined;
  /** Whether `data` is a JSON value as a client sent it, rather than a published string. */
  readonly isJson: boolean;
  /** The sender of a client event on a presence channel. */
  readonly userId: string | undefined;
  /** Its number in the app's journal. */
  readonly seq: number;
}
