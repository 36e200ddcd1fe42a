import { beforeEach, describe, expect, it, vi } from "vitest";
import { LiveLog } from "../../lib/command/live-log.js";
import { linkFor } from "../../lib/command/terminal.js";

let lines: string[];

function log(show: "problems" | "events" | "everything" = "events", options = {}): LiveLog {
  const page = {
    write: (line: string) => void lines.push(line),
    paint: (_: string, text: string) => text,
    link: (text: string, url: string) => `[${text}](${url})`,
    width: () => 80,
  };
  return new LiveLog(page, show, options);
}

/** The lines without time. */
const told = () => lines.map((line) => line.replace(/^ {2}\d\d:\d\d:\d\d {2}/, ""));

const event = (data: string, bytes = data.length) =>
  ({ type: "published", channel: "room", event: "tick", data, bytes, sockets: 2 }) as const;

beforeEach(() => {
  lines = [];
});

describe("the live log", () => {
  it("cuts data at the edge of the terminal, and with --verbose says how much there is", () => {
    log().note(event("x".repeat(100)));
    log("everything").note(event("x".repeat(5_000)));
    const [cut, whole] = told();
    expect(lines[0]).toHaveLength(80);
    expect(cut).toMatch(/^→ tick on room to 2 clients · x+…$/);
    expect(whole).toBe(`→ tick on room to 2 clients · ${"x".repeat(256)} … (5000 bytes)`);
  });

  it("shows each event in one line, whatever its data", () => {
    log().note(event("a\n\tb"));
    expect(told()).toEqual(["→ tick on room to 2 clients · a b"]);
  });

  it("says how much data there is only if it is not all, however it is written", () => {
    const data = "größer";
    log("everything").note(event(data, Buffer.byteLength(data)));
    expect(told()).toEqual(["→ tick on room to 2 clients · größer"]);
  });

  it("cuts long names at the edge of the terminal, but not with --verbose nor where something is wrong", () => {
    const name = "presence-" + "x".repeat(150);
    const long = { ...event("{}".repeat(50)), event: name, channel: name };
    log().note(long);
    log().note({ type: "subscribed", socketId: "1.1", channel: name });
    log("events", { severalApps: true }).note({ ...long, appId: "7" });
    for (const line of lines) expect(line).toHaveLength(80);
    expect(told()).toEqual([
      expect.stringMatching(/^→ presence-xx… on presence-x+… to 2 clients · ({}){5}{…$/),
      expect.stringMatching(/^ {2}a client subscribed to presence-x+…$/),
      expect.stringMatching(/^→ app 7: presence-xx… on presence-x+… to 2 clients · ({}){5}{…$/),
    ]);
    lines = [];
    log("everything").note(long);
    log().note({ type: "unheard", channel: name, event: name });
    expect(told()[0]).toContain(`→ ${name} on ${name} to 2 clients`);
    expect(told()[1]).toBe(`! ${name} on ${name} reached nobody: nobody is subscribed`);
  });

  it("says that somebody connects in less than the width of a terminal", () => {
    const all = log();
    for (let n = 0; n < 10_000; n += 1) {
      all.note({ type: "opened", socketId: `1.${n}`, appId: "7", transport: "xhr_streaming" });
    }
    expect(lines.at(-1)?.length).toBeLessThan(80);
  });

  it("lets no client drive the terminal, whatever it sends", () => {
    const nasty = "\u001b[31mred\u0007\n  00:00:00  ! fake";
    const shown = "\ufffd[31mred\ufffd 00:00:00 ! fake";
    const all = log("everything");
    const name = { channel: nasty, event: nasty };
    all.note({ ...event(nasty), ...name });
    all.note({ type: "subscribed", socketId: "1.1", channel: nasty });
    all.note({ type: "unheard", ...name });
    all.note({ type: "requested", method: "GET", path: nasty, status: 404, body: nasty });
    const frame = JSON.stringify({ event: "pusher:error", data: { code: null, message: nasty } });
    all.note({ type: "refused", socketId: "1.1", frame });
    all.note({ type: "unknownKey", key: nasty, expected: "key" });
    expect(told()).toEqual([
      `→ ${shown} on ${shown} to 2 clients · ${shown}`,
      `  a client subscribed to ${shown}`,
      `! ${shown} on ${shown} reached nobody: nobody is subscribed`,
      `! GET ${shown} → 404 ${shown}`,
      `! a client was refused: ${shown}`,
      `! a client uses the key ${shown}, the app's is key: let in here, refused by the real service`,
    ]);
  });

  it.each([
    ["text that runs backwards", "a\u202egnp.exe", "a\ufffdgnp.exe"],
    ["isolates", "\u2066a\u2069", "\ufffda\ufffd"],
    ["what has no width", "a\u200bb\u2060c\u00add", "a\ufffdb\ufffdc\ufffdd"],
    ["fillers and tags", "\u3164\u{e0041}", "\ufffd\ufffd"],
    ["lines by other names", "a\u2028b\u2029c\u0085d", "a b c\ufffdd"],
    ["half a character", "a\ud83d", "a\ufffd"],
    ["a joiner that joins nothing", "a\u200db", "a\ufffdb"],
    ["towers of accents", `e${"\u0301".repeat(50)}`, `e${"\u0301".repeat(4)}`],
  ])("shows what can be seen instead of %s", (_, nasty, shown) => {
    log().note(event(nasty));
    log().note({ type: "subscribed", socketId: "1.1", channel: nasty });
    expect(told()).toEqual([`→ tick on room to 2 clients · ${shown}`, `  a client subscribed to ${shown}`]);
  });

  it("leaves whole what people write, emoji and right-to-left scripts too", () => {
    const data = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f469}\u{1f3fd}\u200d\u{1f680} \u2764\ufe0f שלום नमस्ते";
    log().note(event(data));
    expect(told()).toEqual([`→ tick on room to 2 clients · ${data}`]);
  });

  it("fits wide characters into the terminal as well", () => {
    const wide = "漢字".repeat(60);
    log().note(event(wide));
    log().note({ ...event(wide), event: wide, channel: wide });
    log().note({ type: "subscribed", socketId: "1.1", channel: wide });
    for (const line of lines) {
      const columns = line.length + line.replaceAll(/[^漢字]/g, "").length;
      expect(columns).toBeGreaterThan(76);
      expect(columns).toBeLessThanOrEqual(80);
    }
  });

  it("counts anew who is there when some of what happened was lost", () => {
    const all = log("events", { sockets: () => ["2.2", "9.9"] });
    for (const socketId of ["1.1", "2.2", "3.3"]) all.note({ type: "opened", socketId, transport: "ws" });
    lines = [];
    all.note({ type: "lost", count: 1234 });
    all.note({ type: "closed", socketId: "9.9" });
    all.note({ type: "closed", socketId: "2.2" });
    expect(told()).toEqual([
      "! 1,234 things that happened went by too fast to be told · 2 connected",
      "- client 4 left · 1 connected",
      "- client 2 left · 0 connected",
    ]);
  });

  it("asks whether another channel was meant", () => {
    log().note({ type: "unheard", channel: "rooom", event: "e", meant: "room" });
    expect(told()).toEqual([
      "! e on rooom reached nobody: nobody is subscribed; did you mean room, which has subscribers?",
    ]);
  });

  it("mentions an unknown app id once", () => {
    const quiet = log("problems");
    for (const id of ["42", "43", "42"]) quiet.note({ type: "unknownId", id, expected: "mock-app-id" });
    expect(told()).toEqual([
      "! a server names the app 42, the app's id is mock-app-id: let in here, refused by the real service",
      "! a server names the app 43, the app's id is mock-app-id: let in here, refused by the real service",
    ]);
  });

  it("counts what nobody could read, second by second", () => {
    vi.useFakeTimers();
    try {
      const busy = log();
      for (let n = 0; n < 1_000; n += 1) busy.note(event("{}"));
      expect(lines).toHaveLength(40);
      vi.advanceTimersByTime(1_000);
      expect(told().at(-1)).toBe("→ and 960 more events");
      busy.note(event("{}"));
      expect(lines).toHaveLength(42);
    } finally {
      vi.useRealTimers();
    }
  });

  it("names clients by number, and each only while it is there", () => {
    const all = log();
    const opened = (socketId: string) => all.note({ type: "opened", socketId, appId: "7", transport: "xhr_polling" });
    opened("1.1");
    opened("2.2");
    all.note({ type: "closed", socketId: "1.1" });
    all.note({
      type: "refused",
      socketId: "1.1",
      frame: '{"event":"pusher:error","data":{"code":null,"message":"No"}}',
    });
    opened("1.1");
    expect(told()).toEqual([
      "+ client 1 connected by XHR polling · 1 connected",
      "+ client 2 connected by XHR polling · 2 connected",
      "- client 1 left · 1 connected",
      "! a client was refused: No",
      "+ client 3 connected by XHR polling · 2 connected",
    ]);
    log("everything").note({ type: "opened", socketId: "1.1", transport: "ws" });
    expect(told().at(-1)).toBe("+ client 1 connected by WebSocket as socket 1.1 · 1 connected");
  });

  it("says in which app something happens when there are several", () => {
    const all = log("everything", { severalApps: true });
    all.note({ type: "opened", socketId: "1.1", appId: "7", transport: "ws" });
    all.note({ ...event("{}"), appId: "7" });
    all.note({ type: "requested", appId: "7", method: "POST", path: "/events", status: 200, body: null });
    all.note({ type: "requested", method: "GET", path: "/health", status: 200, body: null });
    expect(told()).toEqual([
      "+ app 7: client 1 connected by WebSocket as socket 1.1 · 1 connected",
      "→ app 7: tick on room to 2 clients · {}",
      "  app 7: POST /events → 200",
      "  GET /health → 200",
    ]);
  });

  it("tells of refused requests, but not of what browsers ask for by themselves", () => {
    const quiet = log("problems");
    const refused = (path: string, body: string) =>
      quiet.note({ type: "requested", method: "GET", path, status: 404, body });
    refused("/pusher/auth", "no client has the socket id '1.2'");
    refused("/favicon.ico", "404 NOT FOUND");
    expect(told()).toEqual(["! GET /pusher/auth → 404 no client has the socket id '1.2'"]);
  });

  it("names the key of a request and the place of a client that were wrong, and the right ones", () => {
    const quiet = log("problems");
    const request = { method: "POST", path: "/events", status: 400, body: "Unknown auth_key" };
    quiet.note({ type: "requested", ...request, key: "theirs", expected: "ours" });
    const frame = '{"event":"pusher:error","data":{"code":4005,"message":"Path not found"}}';
    quiet.note({ type: "refused", socketId: "", frame, path: "/app/key", expected: "/ws/app/KEY" });
    expect(told()).toEqual([
      "! POST /events → 400 Unknown auth_key: the request was signed with the key theirs, the app's is ours",
      "! a client was refused: 4005 Path not found: it asked for /app/key, apps are at /ws/app/KEY",
    ]);
  });

  it("mentions an unknown key once", () => {
    const quiet = log("problems");
    for (const key of ["a", "b", "a"]) quiet.note({ type: "unknownKey", key, expected: "mock-pusher-key" });
    expect(told()).toHaveLength(2);
  });

  it("tells of webhooks that nobody took as of problems", () => {
    const quiet = log("problems");
    quiet.note({ type: "webhook", to: "http://x/", events: ["channel_occupied"], status: 200 });
    quiet.note({ type: "webhook", to: "http://x/", events: ["cache_miss"], channel: "cache-a", error: "ECONNREFUSED" });
    quiet.note({ type: "webhook", to: "http://y/", events: ["channel_vacated", "member_removed"], status: 500 });
    expect(told()).toEqual([
      "! webhook cache_miss of cache-a to http://x/ → ECONNREFUSED",
      "! webhook channel_vacated, member_removed to http://y/ → 500",
    ]);
  });

  it("counts the failures of a receiver that goes on to fail, and begins anew when it has stopped", () => {
    vi.useFakeTimers();
    try {
      const quiet = log("problems");
      const fail = (channel: string) =>
        quiet.note({ type: "webhook", to: "http://x/", events: ["channel_occupied"], channel, error: "ECONNREFUSED" });
      for (const channel of ["a", "b", "c"]) fail(channel);
      vi.advanceTimersByTime(10_000);
      fail("d");
      vi.advanceTimersByTime(20_000);
      for (const channel of ["e", "f"]) fail(channel);
      quiet.end();
      expect(told()).toEqual([
        "! webhook channel_occupied of a to http://x/ → ECONNREFUSED",
        "! and 2 more webhooks to http://x/, the latest channel_occupied of c → ECONNREFUSED",
        "! and 1 more webhook to http://x/, the latest channel_occupied of d → ECONNREFUSED",
        "! webhook channel_occupied of e to http://x/ → ECONNREFUSED",
        "! and 1 more webhook to http://x/, the latest channel_occupied of f → ECONNREFUSED",
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("leads from webhooks to their rows, and from how many more failed to the latest of them", () => {
    vi.useFakeTimers();
    try {
      const linked = log("problems", { url: () => "http://127.0.0.1:6001/" });
      for (const seq of [4, 5, 6])
        linked.note({ type: "webhook", to: "http://x/", events: ["channel_occupied"], status: 500, seq });
      linked.end();
      const links = lines.map((line) => /\]\((.+?)\)/.exec(line)?.[1]);
      expect(links).toEqual(["http://127.0.0.1:6001/#4", "http://127.0.0.1:6001/#6"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("names the option that a refused client was beyond", () => {
    const frame = JSON.stringify({ event: "pusher:error", data: { code: 4100, message: "Over capacity" } });
    log().note({ type: "refused", socketId: "1.1", frame, limit: "messagesPerSecond" });
    expect(told()).toEqual(["! a client was refused: 4100 Over capacity (the option messagesPerSecond of the server)"]);
  });
});

describe("a row of the page", () => {
  const url = (): string => "http://127.0.0.1:6001/";

  it("is where the time of a line leads", () => {
    log("events", { url }).note({ ...event("{}"), seq: 412, appId: "1" });
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}\[\d\d:\d\d:\d\d\]\(http:\/\/127\.0\.0\.1:6001\/#412\) {2}→ tick on room/),
    ]);
  });

  it("is of the app of the line, where there are several", () => {
    log("events", { url, severalApps: true }).note({ ...event("{}"), seq: 7, appId: "my app" });
    expect(lines[0]).toContain("(http://127.0.0.1:6001/?app=my%20app#7)");
  });

  it("is not there for what stands in no journal, nor before there is a gateway", () => {
    log("events", { url }).note({ type: "turnedAway", who: "http://evil.test", body: "no" });
    log("events", { url: () => undefined }).note({ ...event("{}"), seq: 412 });
    expect(lines).toEqual([expect.stringMatching(/^ {2}\d\d:/), expect.stringMatching(/^ {2}\d\d:/)]);
  });
});

describe("a link in a terminal", () => {
  const names = ["CI", "FORCE_HYPERLINK", "TERM", "TERM_PROGRAM", "VTE_VERSION", "COLORTERM", "WT_SESSION", "DOMTERM"];
  const linked = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): string => {
    for (const name of names) vi.stubEnv(name, env[name]);
    const text = linkFor(stream)("12:00:00", "http://127.0.0.1:6001/#412");
    vi.unstubAllEnvs();
    return text;
  };

  it("is an OSC 8 hyperlink where the terminal has those", () => {
    expect(linked({ isTTY: true }, { TERM: "xterm-256color", TERM_PROGRAM: "ghostty" })).toBe(
      "\u001b]8;;http://127.0.0.1:6001/#412\u001b\\12:00:00\u001b]8;;\u001b\\",
    );
  });

  it.each([
    ["a terminal that has none", { isTTY: true }, { TERM: "xterm-256color" }],
    ["a dumb terminal", { isTTY: true }, { TERM: "dumb", TERM_PROGRAM: "ghostty" }],
    ["a pipe", {}, { TERM: "xterm-256color", TERM_PROGRAM: "ghostty", FORCE_HYPERLINK: "1" }],
    ["a file", { isTTY: false }, { FORCE_HYPERLINK: "1" }],
  ])("is the text alone in %s", (_, stream, env) => {
    expect(linked(stream, env)).toBe("12:00:00");
  });
});
