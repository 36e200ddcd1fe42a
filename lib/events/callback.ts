/* oxlint-disable typescript/no-explicit-any -- what data is, is the application's to say */

/** A callback gets the event's data. */
export type Callback = (data: any) => void;

/** What `bind()` makes of a callback, as pusher-js keeps it. */
export interface BoundCallback {
  fn: Function;
  context: any;
}
