/** The far end of a client's connection, whichever client it is. */
export interface Line {
  /** Frames that the client has sent, decoded. */
  readonly sent: any[];
  /** Accepts the connection. `activityTimeout` is in seconds. */
  open(socketId?: string, activityTimeout?: number): void;
  /** Sends an event with its data encoded, as the service does. */
  frame(event: string, data?: unknown, channel?: string): void;
  /** Sends any text. */
  raw(text: string): void;
  /** Closes the connection. Before `open`, code 1006 means that nobody answers. */
  drop(code: number, reason?: string, wasClean?: boolean): void;
}
