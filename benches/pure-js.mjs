/**
 * The named peer of the benchmarks: what pushrig does in process, in plain JavaScript with the same
 * promises: the same validation, a JSON snapshot per client, a history of 100.
 */

const legal = new Set();

export class PureBroker {
  #channels = new Map();

  subscribe(channel, client) {
    this.#channel(channel).clients.push(client);
  }

  #channel(name) {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, (channel = { clients: [], history: [] }));
    return channel;
  }

  trigger(channelName, event, data) {
    if (event.length > 200) throw new Error(`Too long event name: '${event}'`);
    if (!legal.has(channelName)) {
      if (
        typeof channelName !== "string" ||
        channelName === "" ||
        /[^A-Za-z0-9_\-=@,.;]/.test(channelName) ||
        channelName.length > 164
      ) {
        throw new Error(`Invalid channel name: '${channelName}'`);
      }
      legal.add(channelName);
    }
    if (event === "" || event.startsWith("pusher"))
      throw new Error("The 'pusher' namespace is reserved for internal usage");
    const text = typeof data === "string" ? data : JSON.stringify(data);
    if (Buffer.byteLength(text) > 10_240)
      throw new Error("The data content of this event exceeds the allowed maximum (10240 bytes)");
    const channel = this.#channel(channelName);
    channel.history.push({ channel: channelName, event, data: text, timestamp: Date.now() });
    if (channel.history.length > 100) channel.history.shift();
    for (const client of channel.clients) client.receive(channelName, event, text);
  }
}

export class PureClient {
  #callbacks = new Map();

  bind(event, callback) {
    const callbacks = this.#callbacks.get(event);
    if (callbacks === undefined) this.#callbacks.set(event, [callback]);
    else callbacks.push(callback);
  }

  receive(channel, event, text) {
    const callbacks = this.#callbacks.get(event);
    if (callbacks === undefined) return;
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      data = text;
    }
    for (const callback of callbacks) {
      try {
        callback(data);
      } catch (error) {
        console.error(`a callback for ${event} on ${channel} threw`, error);
      }
    }
  }
}

/** A settled promise of what a trigger answers, equal to the one of pushrig's server. */
export function answer() {
  return Promise.resolve({ status: 200, ok: true, url: "", json: async () => ({}), text: async () => "{}" });
}
