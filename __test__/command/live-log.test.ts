import { beforeEach, describe, expect, it, vi } from "vitest";
import { LiveLog } from "../../lib/live-log.js";

let lines: string[];

function log(show: "problems" | "events" | "everything" = "events", options = {}): LiveLog {
  const page = {
    write: (line: string) => void lines.push(line),
    paint: (_: string, text: string) => text,
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
    log("everything").note(event("x".repeat(256), 5_000));
    const [cut, whole] = told();
    expect(lines[0]).toHaveLength(80);
    expect(cut).toMatch(/^→ tick on room to 2 clients · x+…$/);
    expect(whole).toBe(`→ tick on room to 2 clients · ${"x".repeat(256)} … (5000 bytes)`);
  });

  it("shows each event in one line, whatever its data", () => {
    log().note(event("a\n\tb"));
    expect(told()).toEqual(["→ tick on room to 2 clients · a b"]);
  });

  it("lets no client drive the terminal", () => {
    log().note(event("\u001b[2J\u0007cleared"));
    expect(told()).toEqual(["→ tick on room to 2 clients · \ufffd[2J\ufffdcleared"]);
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
    const all = log("events", { severalApps: true });
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
      "+ #1 connected by XHR polling to app 7 as socket 1.1 · 1 connected",
      "+ #2 connected by XHR polling to app 7 as socket 2.2 · 2 connected",
      "- #1 left · 1 connected",
      "! a client was refused: No",
      "+ #3 connected by XHR polling to app 7 as socket 1.1 · 2 connected",
    ]);
  });

  it("keeps the lines of a long refusal together", () => {
    log("problems").note({ type: "requested", method: "POST", path: "/events", status: 401, body: "First\nSecond" });
    expect(told()).toEqual(["! POST /events → 401 First", "              Second"]);
  });

  it("mentions an unknown key once", () => {
    const quiet = log("problems");
    for (const key of ["a", "b", "a"]) quiet.note({ type: "unknownKey", key, expected: "mock-pusher-key" });
    expect(told()).toHaveLength(2);
  });

  it("tells of webhooks that nobody took as of problems", () => {
    const quiet = log("problems");
    quiet.note({ type: "webhook", to: "http://x/", events: ["channel_occupied"], status: 200 });
    quiet.note({
      type: "webhook",
      to: "http://x/",
      events: ["channel_occupied", "member_added"],
      error: "ECONNREFUSED",
    });
    expect(told()).toEqual(["! webhook channel_occupied, member_added to http://x/ → ECONNREFUSED"]);
  });
});
