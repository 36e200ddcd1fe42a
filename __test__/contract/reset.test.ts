import {
  createMockPusher,
  type MockPusher,
  MockPusherClient,
  MockPusherServer,
  network,
  pusherMockState,
  reset,
} from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

beforeEach(() => {
  reset();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
const trigger = (channel: string, event: string, data: unknown = 1) => pusherMockState.trigger(channel, event, data);

describe("reset()", () => {
  it("forgets channels, subscriptions, bindings and history", () => {
    const callback = vi.fn();
    connect().subscribe("task-1").bind("e", callback);
    trigger("task-1", "e");
    reset();
    trigger("task-1", "e");
    expect(callback).toHaveBeenCalledOnce();
    expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
  });

  it("is the same as pusherMockState.reset()", () => {
    trigger("task-1", "e");
    pusherMockState.reset();
    expect(pusherMockState.getChannelMessages("task-1")).toEqual([]);
  });

  it("is harmless when called twice", () => {
    const client = connect();
    reset();
    reset();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    trigger("task-1", "e");
    expect(callback).toHaveBeenCalledOnce();
  });

  it("keeps clients connected: they go on with a new connectionId and socket_id when they are used", () => {
    connect();
    const client = connect();
    const { connectionId } = client;
    const { socket_id } = client.connection;
    reset();
    expect(client.connection.state).toBe("connected");
    client.subscribe("task-1");
    expect(client.connection.state).toBe("connected");
    expect(client.connectionId).toBe("mock-connection-1");
    expect(client.connectionId).not.toBe(connectionId);
    expect(client.connection.socket_id).not.toBe(socket_id);
  });

  it.each([
    ["subscribe", (client: MockPusherClient) => client.subscribe("task-1")],
    ["channel", (client: MockPusherClient) => client.channel("task-1")],
    ["bind", (client: MockPusherClient) => client.bind("e", () => {})],
    ["connect", (client: MockPusherClient) => client.connect()],
    ["connection.bind", (client: MockPusherClient) => client.connection.bind("error", () => {})],
  ])("gives a client its new connection at the next %s", (_, use) => {
    const client = connect();
    const { socket_id } = client.connection;
    reset();
    use(client);
    expect(client.connection.socket_id).not.toBe(socket_id);
    expect(client.connectionId).toBe("mock-connection-1");
  });

  it("makes subscribe() give a fresh channel that works", () => {
    const client = connect();
    const old = client.subscribe("task-1");
    reset();
    const channel = client.subscribe("task-1");
    const callback = vi.fn();
    channel.bind("e", callback);
    trigger("task-1", "e", 2);
    expect(channel).not.toBe(old);
    expect(callback.mock.calls).toEqual([[2]]);
  });

  it("keeps what is bound on the client and on its connection", () => {
    const client = connect();
    const [heard, changed] = [vi.fn(), vi.fn()];
    client.bind("e", heard);
    client.connection.bind("state_change", changed);
    reset();
    client.subscribe("task-1");
    trigger("task-1", "e", 3);
    client.disconnect();
    expect(heard.mock.calls).toEqual([[3]]);
    expect(changed).toHaveBeenCalledWith({ previous: "connected", current: "disconnected" });
  });

  it("warns once when something is bound on a channel from before, naming the channel and the fix", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const old = connect().subscribe("task-1");
    reset();
    old.bind("e", () => {});
    old.bind("e", () => {});
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]![0]).toContain('"task-1"');
    expect(warn.mock.calls[0]![0]).toContain('subscribe("task-1")');
  });

  it("warns of nothing when nothing old is used", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const client = connect();
    client.subscribe("task-1").bind("e", () => {});
    reset();
    client.subscribe("task-1").bind("e", () => {});
    trigger("task-1", "e");
    expect(warn).not.toHaveBeenCalled();
  });

  it("lets servers from before trigger on", async () => {
    const server = new MockPusherServer({});
    reset();
    const callback = vi.fn();
    connect().subscribe("task-1").bind("e", callback);
    await server.trigger("task-1", "e", 1);
    expect(callback).toHaveBeenCalledOnce();
  });

  it.each<[string, (client: MockPusherClient) => void]>([
    ["subscribe()", (client) => client.subscribe("task-1")],
    ["channels.add()", (client) => client.channels.add("task-1", client)],
    ["signin()", (client) => client.signin()],
    ["user.signin()", (client) => client.user.signin()],
    [
      "connect(), subscribe()",
      (client) => {
        client.connect();
        client.subscribe("task-1");
        client.disconnect();
      },
    ],
  ])("forgets what a client was asked for that an earlier reset found disconnected: %s", (_, use) => {
    const client = connect();
    client.disconnect();
    reset();
    use(client);
    reset();
    client.connect();
    expect([client.allChannels(), client.user.signin_requested]).toEqual([[], false]);
    expect(pusherMockState.getState().subscriptions).toEqual([]);
  });

  it("leaves a disconnected client disconnected until connect()", () => {
    const client = connect();
    client.disconnect();
    reset();
    client.subscribe("task-1");
    expect(client.connection.state).toBe("disconnected");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
    client.connect();
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
  });

  describe("reaches a client that is not connected: nothing of before is subscribed again", () => {
    it("when it was disconnected", () => {
      const client = connect();
      client.subscribe("task-1");
      client.signin();
      client.disconnect();
      reset();
      client.connect();
      expect(client.allChannels()).toEqual([]);
      expect(pusherMockState.getActiveChannels()).toEqual([]);
      expect(client.user.signin_requested).toBe(false);
    });

    it("when it has never been connected", () => {
      network().refuse();
      const client = connect();
      client.subscribe("task-1");
      reset();
      client.disconnect();
      client.connect();
      expect(client.allChannels()).toEqual([]);
      expect(pusherMockState.getActiveChannels()).toEqual([]);
    });

    it("when its connection was on its way", async () => {
      const rig = createMockPusher({ delivery: "network", latency: 1 });
      const client = rig.client();
      client.subscribe("task-1");
      rig.reset();
      await vi.waitFor(() => expect(client.connection.state).toBe("connected"));
      expect(client.allChannels()).toEqual([]);
      rig.close();
    });

    it("when its connection was cut", async () => {
      const client = connect();
      client.subscribe("task-1");
      network().drop(client, { code: 4100 });
      await next(client.connection, "connecting_in");
      reset();
      client.disconnect();
      client.connect();
      expect(client.allChannels()).toEqual([]);
      expect(pusherMockState.getActiveChannels()).toEqual([]);
    });
  });

  it.each([
    ["reset() of its world", (rig: MockPusher) => rig.reset()],
    ["reset() of the state", (rig: MockPusher) => rig.state.reset()],
  ])(
    "lets no connection that the state has made live on after %s, nor take the name of a client",
    async (_, forget) => {
      const rig = createMockPusher();
      const id = rig.state.generateConnectionId();
      rig.state.subscribe(id, "task-1");
      forget(rig);
      const client = rig.client();
      expect(client.connectionId).toBe(id);
      const channel = client.subscribe("task-1");
      const callback = vi.fn();
      channel.bind("e", callback);
      rig.state.unsubscribe(id, "task-2");
      rig.state.trigger("task-1", "e", 1);
      expect(callback).toHaveBeenCalledOnce();
      rig.state.disconnect(id);
      await vi.waitFor(() => expect(client.connection.state).toBe("disconnected"));
      rig.close();
    },
  );
});
