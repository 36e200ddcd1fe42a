/** How the `pushrig` command tells what it does: to a person, or to a program. */

import { MOCK_CREDENTIALS } from "../options/defaults.js";
import { networkInterfaces } from "node:os";
import { isLoopback } from "../base/loopback.js";
import type { CommandOptions } from "../options/command.js";
import { type Gateway, hostInUrl } from "../gateway/gateway.js";
import type { Activity } from "../options/listen.js";
import { isProblem } from "./lines.js";
import { LiveLog } from "./live-log.js";
import { Output, standardOutput } from "./output.js";
import { snippets } from "./snippets.js";
import { terminal, type Terminal } from "./terminal.js";
import { cleanJson } from "./text.js";

export interface Reporter {
  /** The gateway listens. */
  listening(gateway: Gateway): void;
  note(activity: Activity): void;
  /** Who is connected, where what has happened before is not known. */
  there(socketIds: readonly string[]): void;
  /** How it is with other processes of the project: which of them has the gateway. */
  say(text: string): void;
  /** A signal came; clients are told goodbye. */
  stopping(signal: string): void;
  stopped(): void;
  /** Resolves once everything that was told has been read: to false when nobody reads it. */
  end(): Promise<boolean>;
}

/** What a line says, and when it happened if that is not now. */
type Line = { type: string; time?: number } & Partial<Record<string, unknown>>;

/** One JSON object on each line, with the `time` and the `type` of what happened. */
export class JsonReporter implements Reporter {
  readonly #options: CommandOptions;
  readonly #output = new Output(standardOutput(), (count) => this.#line({ type: "lostLines", count }));

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  listening({ url, host, port, token }: Gateway): void {
    const { connect, wsPath } = this.#options;
    const isTold = (secret: string | undefined): boolean => connect || secret === MOCK_CREDENTIALS.secret;
    const apps = this.#options.apps.map(({ id, key, secret, cluster }) => ({
      id,
      key,
      ...(isTold(secret) && { secret }),
      cluster,
    }));
    const told = connect || !isChosen(token, this.#options) ? { token } : {};
    this.#write({ type: "listening", url, host, port, wsPath, ...told, apps });
  }

  note(activity: Activity): void {
    if (this.#options.show !== "problems" || isProblem(activity)) this.#write({ ...activity });
  }

  there(): void {}

  say(text: string): void {
    this.#write({ type: "said", text });
  }

  stopping(signal: string): void {
    this.#write({ type: "stopping", signal });
  }

  stopped(): void {
    this.#write({ type: "stopped" });
  }

  end(): Promise<boolean> {
    return this.#output.end();
  }

  #write(entry: Line): void {
    this.#output.write(this.#line(entry));
  }

  #line({ time = Date.now(), ...entry }: Line): string {
    return cleanJson(JSON.stringify({ v: 1, time: new Date(time).toISOString(), ...entry }));
  }
}

/** Whether a token is one that somebody has configured: who needs it has it, and a log may not tell it to others. */
function isChosen(token: string, options: CommandOptions): boolean {
  return token === options.token || token === process.env.PUSHRIG_TOKEN;
}

/** Pages for a terminal: where it listens, with `--connect` what to paste, and a live log. */
export class PlainReporter implements Reporter {
  readonly #options: CommandOptions;
  readonly #page: Terminal;
  readonly #version: string;
  #gateway: Gateway | undefined;
  readonly #log: LiveLog;

  constructor(options: CommandOptions, version: string, page: Terminal = terminal(standardOutput())) {
    this.#options = options;
    this.#version = version;
    this.#page = page;
    this.#log = new LiveLog(page, options.show, {
      severalApps: options.apps.length > 1,
      sockets: () => this.#gateway?.socketIds() ?? [],
      url: () => this.#gateway && `${this.#gateway.url}/`,
    });
  }

  listening(gateway: Gateway): void {
    this.#gateway = gateway;
    this.#log.there(gateway.socketIds());
    const { apps, acceptsAnyKey, wsPath, tls, connect } = this.#options;
    const scheme = tls === undefined ? "http" : "https";
    const { paint } = this.#page;

    this.#line();
    this.#line(
      `${paint("bold", "pushrig")} ${this.#version} ${paint("dim", "· a Pusher Channels server for development")}`,
    );
    this.#line();
    this.#field("address", paint("cyan", gateway.url));
    if (gateway.host in EVERYWHERE) {
      const outside = outsideAddress(gateway.host);
      const url =
        outside === undefined ? "" : paint("cyan", `${scheme}://${hostInUrl(outside)}:${gateway.port}${wsPath}`);
      this.#field("network", `${url || "this machine has no address there now"}, open to every device`);
      if (acceptsAnyKey)
        this.#field("signing", "for clients of this machine, at the address above, and for who has the token");
    }
    const page = `${gateway.url}/`;
    this.#field(
      "page",
      `${this.#page.link(paint("cyan", page), page)} ${paint("dim", "· what happens, how to connect")}`,
    );
    // Programs of this machine need none.
    const { token, host } = gateway;
    if (connect || (!isLoopback(host) && !isChosen(token, this.#options))) this.#field("token", token);
    else if (!isLoopback(host)) this.#field("token", "the one that was given");
    for (const { id, key, secret, cluster = MOCK_CREDENTIALS.cluster } of apps) {
      if (connect && apps.length > 1) this.#line();
      if (connect) this.#field("app id", id);
      this.#field("key", apps.length > 1 && !connect ? `${key} ${paint("dim", `· app ${id}`)}` : key);
      if (connect) this.#field("secret", secret);
      if (connect) this.#field("cluster", cluster);
    }
    if (connect) this.#howToConnect(gateway);
    this.#line();
    this.#line(paint("dim", "Ctrl-C stops the server."));
    this.#line();
  }

  note(activity: Activity): void {
    this.#log.note(activity);
  }

  there(socketIds: readonly string[]): void {
    this.#log.there(socketIds);
  }

  say(text: string): void {
    this.#page.write(`  ${text}`);
  }

  #line(text = ""): void {
    this.#page.write(text === "" ? "" : `  ${text}`);
  }

  #field(name: string, value: string): void {
    this.#line(`${this.#page.paint("dim", name.padEnd(10))}${value}`);
  }

  /** What to paste, for each library. */
  #howToConnect({ host, port }: Gateway): void {
    const { apps, acceptsAnyKey, wsPath, tls } = this.#options;
    const [first] = apps;
    if (first === undefined) return;
    const { paint } = this.#page;
    const address = { host: hostInUrl(host), port, wsPath, isSecure: tls !== undefined };
    for (const { title, lines } of snippets(first, address, acceptsAnyKey)) {
      this.#line();
      this.#line(paint("bold", title));
      for (const text of lines) this.#line(`  ${text}`);
    }
    if (apps.length === 1) return;
    this.#line();
    this.#line(paint("dim", `These lines are for the app ${first.id}; the others differ in id, key and secret.`));
  }

  stopping(signal: string): void {
    this.#log.end();
    const clients = this.#gateway?.connectionCount ?? 0;
    const farewell = clients === 0 ? "" : `, saying goodbye to ${clients} client${clients === 1 ? "" : "s"}`;
    this.#page.write("");
    this.#page.write(this.#page.paint("dim", `  ${signal}: stopping${farewell}`));
  }

  stopped(): void {
    this.#page.write(this.#page.paint("dim", "  stopped"));
  }

  end(): Promise<boolean> {
    return this.#page.end();
  }
}

/** Hosts that stand for all addresses of a family. */
const EVERYWHERE: Record<string, "IPv4" | "IPv6"> = { "0.0.0.0": "IPv4", "::": "IPv6" };

/** An address by which other devices reach a server that listens everywhere. */
export function outsideAddress(host: string, interfaces = networkInterfaces()): string | undefined {
  const addresses = Object.values(interfaces).flatMap((own) => own ?? []);
  // A link-local address would need the name of the other device's own interface.
  return addresses.find(
    ({ family, internal, address }) => family === EVERYWHERE[host] && !internal && !/^fe80:/i.test(address),
  )?.address;
}
