/** What the `pushrig` command takes from its command line. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkOrigins, checkToken } from "./admission.js";
import { type AppOptions, checkApp } from "./app.js";
import { DEFAULT_HOST, DEFAULT_PORT, MOCK_CREDENTIALS } from "./defaults.js";
import { checkWsPath } from "./listen.js";
import { checkAskable, isPortNamed, portFromEnvironment } from "./port.js";
import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";

export interface CommandOptions {
  port: number;
  /** By the command line or the environment. */
  isPortNamed: boolean;
  host: string;
  wsPath: string;
  origins: string[];
  token: string | undefined;
  /** The files of a certificate and its key. */
  tls: { cert: string; key: string } | undefined;
  /** At least one. */
  apps: AppOptions[];
  /** There is just the mock's own app: any key will do. */
  acceptsAnyKey: boolean;
  messagesPerSecond: number | undefined;
  /** How much of what happens is shown. */
  show: "problems" | "events" | "everything";
  json: boolean;
  /** Whether it prints credentials, and what to paste to connect. */
  connect: boolean;
}

/** A command line that cannot be carried out; the message says why and what would work. */
export class UsageError extends Error {}

const OPTIONS = {
  port: { type: "string", short: "p" },
  host: { type: "string" },
  app: { type: "string", multiple: true },
  apps: { type: "string" },
  "no-client-events": { type: "boolean" },
  "subscription-count": { type: "boolean" },
  webhook: { type: "string", multiple: true },
  "ws-path": { type: "string" },
  origin: { type: "string", multiple: true },
  token: { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "messages-per-second": { type: "string" },
  quiet: { type: "boolean", short: "q" },
  verbose: { type: "boolean", short: "v" },
  json: { type: "boolean" },
  connect: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** What it does besides, by name; each has a file of its own. They come first on the command line. */
export const COMMANDS = {
  status: "what runs: a gateway's apps, channels, connections, faults",
  tail: "what happens at a gateway, a line for each thing",
  why: "whether an event has reached a client, and if not, why",
  trigger: "publishes an event",
  wait: "waits until something is so, or has happened",
  mark: "prints a place in the journal, for wait and why",
  reset: "forgets what has happened",
  mcp: "gives agents tools for the gateways of this machine",
  open: "shows a trace on a page",
  replay: "triggers again what was triggered in a trace",
  types: "writes an application's contract from what was recorded",
} as const;

export type CommandName = keyof typeof COMMANDS;

const LISTED = Object.entries(COMMANDS)
  .map(([name, does]) => `  ${name.padEnd(8)} ${does}\n`)
  .join("");

export const HELP = `Usage: pushrig [options]
       pushrig COMMAND [options]

Starts a Pusher Channels server for development: pusher-js and the server
libraries of any language connect to it. It runs until Ctrl-C.

What else it does, and pushrig COMMAND --help says how:

${LISTED}
Options of the server:

  -p, --port NUMBER         where to listen; 0 takes any free port (default ${DEFAULT_PORT},
                            or PUSHRIG_PORT)
      --host NAME           the address to bind (default ${DEFAULT_HOST}, this machine only)
      --app ID:KEY:SECRET   an app with these credentials; may be repeated
      --apps FILE           apps from a JSON file, or the JSON itself, as in
                            '[{ "id": "1", "key": "key", "secret": "secret" }]'
      --no-client-events    clients may not send events to each other
      --subscription-count  subscribers are told how many they are
      --webhook URL         who is told of what happens in the apps; may be repeated
      --ws-path PATH        what comes before every address, as in PATH/app/KEY
      --origin ORIGIN       pages that may come in although they are not of this machine,
                            such as http://app.test:3000; may be repeated
      --token TOKEN         what opens to other machines what is for this one alone
                            (default: PUSHRIG_TOKEN, else a random one)
      --tls-cert FILE       a certificate in PEM, for clients that come by https and wss;
                            on the same port as those that do not
      --tls-key FILE        its key
      --messages-per-second NUMBER
                            what a client may send; beyond it its connection ends
      --connect             print the credentials, and the lines that connect pusher-js,
                            npm pusher, Laravel Echo and Python; the page has them too
  -q, --quiet               show problems only
  -v, --verbose             show every request, whole names and more of the data
      --json                one JSON object per line, for programs
  -h, --help                show this
      --version             show the version

Without --app or --apps there is one app that any key connects to, with the
credentials that MockPusherServer and MockPusherClient use by themselves.
`;

/** Reads a command line. `"help"` and `"version"` are asked for instead of a server. Throws a UsageError. */
export function commandOptions(args: string[]): CommandOptions | "help" | "version" {
  const { values, tokens } = parseArgs({ args, options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) check(token);
  // Checked just now: every option has a value of its own type.
  const given = values as { [name in keyof typeof OPTIONS]?: string } & {
    app?: string[];
    webhook?: string[];
    origin?: string[];
  };
  if (given.help) return "help";
  if (given.version) return "version";
  if (given.quiet && given.verbose) {
    throw new UsageError("--quiet shows less and --verbose more: give one of them");
  }
  if (given.app && given.apps !== undefined) {
    throw new UsageError("--app and --apps both say which apps there are: give one of them");
  }
  const apps = given.apps === undefined ? given.app?.map(credentials) : listed(given.apps);
  const webhooks = (given.webhook ?? []).map(webhookUrl);
  return {
    port: portFrom(given.port) ?? checked(portFromEnvironment),
    isPortNamed: given.port !== undefined || isPortNamed(),
    host: given.host ?? DEFAULT_HOST,
    wsPath: wsPath(given["ws-path"]),
    origins: checked(() => checkOrigins(given.origin ?? [], "--origin")),
    token: checked(() => token(given.token)),
    tls: certificate(given["tls-cert"], given["tls-key"]),
    apps: distinct(apps ?? [MOCK_APP]).map((app) => ({
      ...app,
      clientEvents: app.clientEvents ?? !given["no-client-events"],
      subscriptionCount: app.subscriptionCount ?? Boolean(given["subscription-count"]),
      webhooks: [app.webhooks ?? [], webhooks].flat(),
    })),
    acceptsAnyKey: apps === undefined,
    messagesPerSecond: whole(given["messages-per-second"], "--messages-per-second", 1, 2 ** 32 - 1),
    show: given.quiet ? "problems" : given.verbose ? "everything" : "events",
    json: Boolean(given.json),
    connect: Boolean(given.connect),
  };
}

/** As the default app of a process. */
const MOCK_APP: AppOptions = {
  id: MOCK_CREDENTIALS.appId,
  key: MOCK_CREDENTIALS.key,
  secret: MOCK_CREDENTIALS.secret,
  cluster: MOCK_CREDENTIALS.cluster,
};

/** What is an option of its own rather than a value that starts with a dash, such as a negative number. */
const OPTION = /^(--.*|-[pqvh]+)$/;

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];

function check(token: Token): void {
  if (token.kind === "positional") {
    const { value } = token;
    const names = Object.keys(COMMANDS);
    if (names.includes(value)) throw new UsageError(`${value} comes first, as in pushrig ${value} --help`);
    const meant = nearest(value, names);
    const instead =
      meant === undefined
        ? `: there is ${names.join(", ")}, and options alone start a server`
        : `; did you mean ${meant}?`;
    throw new UsageError(`there is no command ${show(value)}${instead}`);
  }
  if (token.kind !== "option") return;
  const { name, rawName, value, inlineValue } = token;
  if (!Object.hasOwn(OPTIONS, name)) {
    const meant = nearest(name, Object.keys(OPTIONS));
    throw new UsageError(`there is no option ${rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
  }
  const takesValue = OPTIONS[name as keyof typeof OPTIONS].type === "string";
  if (!takesValue && value !== undefined) {
    throw new UsageError(`${rawName} takes no value, but got ${show(value)}: leave it out`);
  }
  const looksLikeAnOption = !inlineValue && value !== undefined && OPTION.test(value);
  if (takesValue && (value === undefined || value === "" || looksLikeAnOption)) {
    throw new UsageError(`${rawName} needs a value, as in --${name}=VALUE`);
  }
}

function whole(text: string | undefined, option: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} is a whole number from ${least} to ${most}, not ${show(text)}`);
}

function portFrom(text: string | undefined): number | undefined {
  const port = whole(text, "--port", 0, 65_535);
  if (port !== undefined) checked(() => checkAskable(port, "--port"));
  return port;
}

function certificate(cert: string | undefined, key: string | undefined): CommandOptions["tls"] {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const [given, missing] = cert === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
  throw new UsageError(`${given} needs ${missing}: a certificate and its key go together`);
}

function webhookUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new UsageError(
    `--webhook is an absolute http or https URL, as in --webhook=http://localhost:3000/api/webhook, not ${show(text)}`,
  );
}

function wsPath(path = ""): string {
  checked(() => checkWsPath(path, "--ws-path"));
  return path;
}

function token(text: string | undefined): string | undefined {
  if (text !== undefined) checkToken(text, "--token");
  return text;
}

/** `ID:KEY:SECRET`. A secret may contain colons. */
function credentials(text: string): AppOptions {
  const [, id, key, secret] = /^([^:]+):([^:]+):(.+)$/.exec(text) ?? [];
  if (id === undefined || key === undefined || secret === undefined) {
    throw new UsageError(`--app is ID:KEY:SECRET, as in --app 1:my-key:my-secret, not ${show(text)}`);
  }
  return { id, key, secret };
}

/** Apps as JSON, or from a file. */
function listed(source: string): AppOptions[] {
  const isJson = /^\s*[[{]/.test(source);
  let text = source;
  try {
    if (!isJson) text = readFileSync(source, "utf8");
  } catch (error) {
    throw new UsageError(
      `--apps cannot read ${show(source)} (${(error as NodeJS.ErrnoException).code}): give the path of a JSON file, or the JSON itself`,
    );
  }
  const where = isJson ? "--apps" : source;
  let apps: unknown;
  try {
    apps = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where} is not JSON: ${(error as Error).message}`);
  }
  const list: unknown[] = Array.isArray(apps) ? apps : [apps];
  if (list.length === 0) throw new UsageError(`${where} lists no app: give at least one, or leave --apps out`);
  return list.map((app, index) => described(app, Array.isArray(apps) ? `${where}[${index}]` : where));
}

function described(app: unknown, where: string): AppOptions {
  // Ids are numbers to many people.
  const options = typeof app === "object" && app !== null && !Array.isArray(app) ? { ...app } : app;
  if (typeof (options as AppOptions)?.id === "number") (options as AppOptions).id = String((options as AppOptions).id);
  checked(() => checkApp(options as AppOptions, where));
  return options as AppOptions;
}

/** What is wrong with an option that the package has too is said in the package's words. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^pushrig: /, ""));
  }
}

/** One key or id must not mean two apps. */
function distinct(apps: AppOptions[]): AppOptions[] {
  for (const name of ["id", "key"] as const) {
    const seen = new Set<string>();
    for (const app of apps) {
      if (seen.has(app[name])) {
        throw new UsageError(`two apps have the ${name} ${show(app[name])}: each needs its own`);
      }
      seen.add(app[name]);
    }
  }
  return apps;
}
