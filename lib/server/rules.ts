// What npm `pusher` 5.3.4 checks before it sends anything, with its texts. The service is stricter: see the broker's rules.

/** Names that have passed; a name that is published to again costs one lookup. */
const legalChannels = new Set<string>();
const REMEMBERED_CHANNELS = 1000;

/** @throws Error for what is no channel name to the SDK: at most 200 of `A-Za-z0-9_-=@,.;` */
export function validateChannel(channel: unknown): void {
  if (legalChannels.has(channel as string)) return;
  if (typeof channel !== "string" || channel === "" || /[^A-Za-z0-9_\-=@,.;]/.test(channel)) {
    throw new Error("Invalid channel name: '" + channel + "'");
  }
  if (channel.length > 200) throw new Error("Channel name too long: '" + channel + "'");
  if (legalChannels.size === REMEMBERED_CHANNELS) legalChannels.clear();
  legalChannels.add(channel);
}

/** @throws Error for a name over 200 characters, a TypeError for undefined and null */
export function validateEventName(event: string): void {
  if (event.length > 200) throw new Error("Too long event name: '" + event + "'");
}

export function validateSocketId(socketId: unknown): void {
  if (typeof socketId !== "string" || !/^\d+\.\d+$/.test(socketId)) {
    throw new Error("Invalid socket id: '" + socketId + "'");
  }
}

export function validateUserId(userId: unknown): void {
  if (typeof userId !== "string" || userId === "") throw new Error("Invalid user id: '" + userId + "'");
}

export function validateUserData(userData: unknown): void {
  if (userData == null || typeof userData !== "object") {
    throw new Error("Invalid user data: '" + userData + "'");
  }
  validateUserId((userData as { id?: unknown }).id);
}

export function isEncrypted(channel: string): boolean {
  return channel.startsWith("private-encrypted-");
}
