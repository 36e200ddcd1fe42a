import { expect, it } from "vitest";
import type { Entry } from "../../lib/journal/entry.js";
import { Clients } from "../../lib/journal/who.js";
import { page } from "../support/page.js";

const connected = (connection: string, rest: Partial<Entry> = {}) =>
  ({ kind: "connected", connection, door: "process", ...rest }) as const;

const labels = (clients: Clients, who: string | { connectionId: string }) =>
  clients.find(who).map((client) => clients.label(client));

it("calls a client by its name, else its user, else its connection", () => {
  const clients = new Clients(
    page([
      connected("mock-connection-1", { client: 1, name: "ada" }),
      connected("mock-connection-2", { client: 2 }),
      connected("mock-connection-3", { client: 3 }),
      { kind: "signed-in", connection: "mock-connection-2", user: "ann" },
      connected("52.118", { door: "socket" }),
    ]),
  );
  expect(clients.all.map((client) => clients.label(client))).toEqual([
    "ada",
    "user ann",
    "mock-connection-3",
    "socket 52.118",
  ]);
});

it("tells two tabs of one user apart", () => {
  const clients = new Clients(
    page([
      connected("1.1", { door: "socket" }),
      connected("2.2", { door: "socket" }),
      { kind: "subscribed", connection: "1.1", channel: "presence-room", user: "ann" },
      { kind: "subscribed", connection: "2.2", channel: "presence-room", user: "ann" },
    ]),
  );
  expect(labels(clients, "ann")).toEqual(["user ann (1.1)", "user ann (2.2)"]);
});

it("does not tell a client apart from one that was there only before the reset", () => {
  const before = {
    client: 1,
    connection: "mock-connection-1",
    name: "ada",
    door: "process",
    isConnected: true,
  } as const;
  const again = connected("mock-connection-1", { client: 2, name: "ada" });
  const clients = new Clients({ ...page([again]), before: [{ ...before, channels: [], bindings: [] }] });
  expect(clients.label(clients.of(again)!)).toBe("ada");
});

it("looks somebody up by name, then user, then connectionId, then socket id", () => {
  const clients = new Clients(
    page([
      connected("a", { client: 1, name: "b", socketId: "1.1" }),
      connected("b", { client: 2, socketId: "2.2", user: "c" }),
      connected("c", { client: 3, socketId: "3.3" }),
    ]),
  );
  expect(labels(clients, "b")).toEqual(["b"]);
  expect(labels(clients, { connectionId: "b" })).toEqual(["user c"]);
  expect(labels(clients, "c")).toEqual(["user c"]);
  expect(labels(clients, { connectionId: "c" })).toEqual(["c"]);
  expect(labels(clients, "3.3")).toEqual(["c"]);
  expect(labels(clients, "d")).toEqual([]);
});

it("follows a client from connection to connection, and over a reset", () => {
  const clients = new Clients(
    page([connected("mock-connection-1", { client: 7 }), connected("mock-connection-2", { client: 2 })], {
      start: 10,
      base: [{ client: 7, name: "ada", door: "process", isConnected: false, channels: [], bindings: [] }],
      before: [
        { client: 7, connection: "mock-connection-2", door: "process", isConnected: true, channels: [], bindings: [] },
        { client: 8, connection: "mock-connection-3", door: "process", isConnected: true, channels: [], bindings: [] },
      ],
    }),
  );
  expect(clients.all.map(({ client, connections }) => [client, connections])).toEqual([
    [7, ["mock-connection-1"]],
    [2, ["mock-connection-2"]],
    [8, []],
  ]);
  // The connection of now comes before the one of then.
  expect(labels(clients, "mock-connection-2")).toEqual(["mock-connection-2"]);
  expect(clients.find("mock-connection-2")[0].client).toBe(2);
  expect(labels(clients, "mock-connection-3")).toEqual(["mock-connection-3"]);
});

it("knows who somebody unknown might be", () => {
  const clients = new Clients(page([connected("mock-connection-1", { client: 1, name: "ada" })]));
  expect(clients.insteadOf("adda")).toBe('"adda"; did you mean "ada"? The clients are ada');
  expect(new Clients(page([])).insteadOf({ connectionId: "x" })).toBe('"x": nobody has connected');
});

it("says no connection twice where one from before a reset was called the same", () => {
  const before = {
    client: 1,
    connection: "mock-connection-1",
    door: "process" as const,
    isConnected: true,
    channels: [],
    bindings: [],
  };
  const clients = new Clients(page([connected("mock-connection-1", { client: 2 })], { before: [before] }));
  expect(clients.all.map((client) => clients.label(client))).toEqual(["mock-connection-1", "mock-connection-1"]);
});
