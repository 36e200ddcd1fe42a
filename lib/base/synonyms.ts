/** What is called one thing at one door and another at the next: the control routes, the commands, the tools of agents, the SDK. */

const SAME: ReadonlyArray<readonly string[]> = [
  ["socketId", "socket_id", "socket-id", "except", "exclude"],
  ["as", "as_client", "as-client", "asClient"],
  ["to", "toUser", "to_user", "to-user", "user", "userId", "user_id"],
  ["channel", "channels"],
  ["event", "events", "name"],
  ["data", "payload", "body"],
  ["by", "client", "who"],
  ["since", "mark"],
  ["after", "since"],
  ["for", "kind"],
  ["do", "fault", "verb"],
];

/** The candidate that means the same as `name`. */
export function synonym(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  for (const group of SAME) {
    const meant = group.includes(name) ? all.find((one) => one !== name && group.includes(one)) : undefined;
    if (meant !== undefined) return meant;
  }
  return undefined;
}
