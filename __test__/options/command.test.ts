import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BAD_PATHS } from "../support/bad-paths.js";
import { COMMANDS, type CommandOptions, UsageError, commandOptions } from "../../lib/options/command.js";

const parsed = (...args: string[]) => commandOptions(args) as CommandOptions;

function file(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-apps-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "apps.json"), content);
  return join(folder, "apps.json");
}

describe("without options", () => {
  it("the port is that of the project's other processes", () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("PUSHRIG_PORT", "7001");
    expect(parsed().port).toBe(7001);
    expect(parsed("--port", "0").port).toBe(0);
    vi.stubEnv("PUSHRIG_PORT", "soon");
    expect(() => parsed()).toThrow(new UsageError('PUSHRIG_PORT must be a port from 1 to 65535, not "soon"'));
    vi.stubEnv("PUSHRIG_PORT", "6000");
    expect(() => parsed()).toThrow("PUSHRIG_PORT is 6000, a port of another protocol");
    expect(() => parsed("--port", "10080")).toThrow(
      "--port is 10080, a port of another protocol: browsers and fetch connect to nobody",
    );
  });

  it("there is the mock's own app on port 6001 of this machine", () => {
    expect(parsed()).toEqual({
      port: 6001,
      isPortNamed: false,
      host: "127.0.0.1",
      wsPath: "",
      origins: [],
      token: undefined,
      tls: undefined,
      apps: [
        {
          id: "mock-app-id",
          key: "mock-pusher-key",
          secret: "mock-pusher-secret",
          cluster: "mock-cluster",
          clientEvents: true,
          subscriptionCount: false,
          webhooks: [],
        },
      ],
      acceptsAnyKey: true,
      messagesPerSecond: undefined,
      show: "events",
      json: false,
      connect: false,
    });
  });
});

describe("apps", () => {
  it("come one by one, and then only their keys will do", () => {
    const { apps, acceptsAnyKey } = parsed("--app", "1:key:sec:ret", "--app=2:other:secret");
    expect(apps).toMatchObject([
      { id: "1", key: "key", secret: "sec:ret" },
      { id: "2", key: "other", secret: "secret" },
    ]);
    expect(acceptsAnyKey).toBe(false);
  });

  it("come as JSON or from a file, one or a list", () => {
    const json = `[
      { "id": "1", "key": "first-key", "secret": "first-secret" },
      { "id": "2", "key": "second-key", "secret": "second-secret", "limits": { "presenceMembers": 5 } }
    ]`;
    const second = { id: "2", key: "second-key", secret: "second-secret", limits: { presenceMembers: 5 } };
    const expected = [{ id: "1", key: "first-key", secret: "first-secret" }, second];
    expect(parsed("--apps", json).apps).toMatchObject(expected);
    expect(parsed("--apps", file(json)).apps).toMatchObject(expected);
    expect(parsed("--apps", JSON.stringify(second)).apps).toMatchObject([second]);
  });

  it("may have a number for an id", () => {
    expect(parsed("--apps", '{ "id": 7, "key": "key", "secret": "secret" }').apps).toMatchObject([{ id: "7" }]);
  });

  it("take the switches of the command line unless they have their own", () => {
    const apps =
      '[{ "id": "1", "key": "a", "secret": "s" }, { "id": "2", "key": "b", "secret": "s", "clientEvents": true }]';
    expect(parsed("--no-client-events", "--subscription-count", "--apps", apps).apps).toMatchObject([
      { clientEvents: false, subscriptionCount: true },
      { clientEvents: true, subscriptionCount: true },
    ]);
  });

  it("all get the webhooks of the command line, and keep their own", () => {
    const apps = '[{ "id": "1", "key": "a", "secret": "s", "webhooks": "http://localhost/own" }]';
    expect(
      parsed("--webhook", "http://localhost/one", "--webhook", "http://localhost/two", "--apps", apps).apps,
    ).toMatchObject([{ webhooks: ["http://localhost/own", "http://localhost/one", "http://localhost/two"] }]);
  });
});

describe("a mistake is named, with the rule and what would work", () => {
  it.each<[args: string[], message: string]>([
    [["--prot", "1"], "there is no option --prot; did you mean --port?"],
    [["--nonsense"], "there is no option --nonsense"],
    [["-x"], "there is no option -x"],
    [
      ["dev"],
      `there is no command "dev": there is ${Object.keys(COMMANDS).join(", ")}, and options alone start a server`,
    ],
    [["type"], 'there is no command "type"; did you mean types?'],
    [["--quiet", "types"], "types comes first, as in pushrig types --help"],
    [["--port"], "--port needs a value, as in --port=VALUE"],
    [["--port", "--json"], "--port needs a value, as in --port=VALUE"],
    [["--host="], "--host needs a value, as in --host=VALUE"],
    [["-p", "65536"], '--port is a whole number from 0 to 65535, not "65536"'],
    [["--port=-1"], '--port is a whole number from 0 to 65535, not "-1"'],
    [["--port", "-1"], '--port is a whole number from 0 to 65535, not "-1"'],
    [["-p", "-1"], '--port is a whole number from 0 to 65535, not "-1"'],
    [["--port", "-q"], "--port needs a value, as in --port=VALUE"],
    [["--messages-per-second", "-1"], '--messages-per-second is a whole number from 1 to 4294967295, not "-1"'],
    [["--ws-path", "-ws"], "--ws-path starts with a slash and ends without one, as in /ws"],
    [["--webhook", "-url"], "--webhook is an absolute http or https URL"],
    [["--app", "-1"], '--app is ID:KEY:SECRET, as in --app 1:my-key:my-secret, not "-1"'],
    [["--apps", "-file"], '--apps cannot read "-file" (ENOENT)'],
    [["--port=6e3"], '--port is a whole number from 0 to 65535, not "6e3"'],
    [["--json=yes"], '--json takes no value, but got "yes": leave it out'],
    [["--quiet", "--verbose"], "--quiet shows less and --verbose more: give one of them"],
    [["--tls-cert", "cert.pem"], "--tls-cert needs --tls-key: a certificate and its key go together"],
    [["--tls-key", "key.pem"], "--tls-key needs --tls-cert: a certificate and its key go together"],
    ...["ws", ...BAD_PATHS].map((path): [string[], string] => [
      [`--ws-path=${path}`],
      `--ws-path starts with a slash and ends without one, as in /ws; between slashes it has no "." and no "..", ` +
        `anywhere no "?", "#", backslash or space, and "%" only as in "%C3%A9"; not ${JSON.stringify(path)}`,
    ]),
    [["--messages-per-second", "0"], '--messages-per-second is a whole number from 1 to 4294967295, not "0"'],
    [
      ["--webhook", "localhost:3000"],
      '--webhook is an absolute http or https URL, as in --webhook=http://localhost:3000/api/webhook, not "localhost:3000"',
    ],
    [["--app", "1:key"], '--app is ID:KEY:SECRET, as in --app 1:my-key:my-secret, not "1:key"'],
    [["--app", "1:a:s", "--app", "1:b:s"], 'two apps have the id "1": each needs its own'],
    [["--app", "1:a:s", "--app", "2:a:s"], 'two apps have the key "a": each needs its own'],
    [["--app", "1:a:s", "--apps", "[]"], "--app and --apps both say which apps there are: give one of them"],
    [["--apps", "[]"], "--apps lists no app: give at least one, or leave --apps out"],
    [
      ["--apps", "/nowhere.json"],
      '--apps cannot read "/nowhere.json" (ENOENT): give the path of a JSON file, or the JSON itself',
    ],
    [["--apps", "[{]"], "--apps is not JSON: "],
    [["--apps", "[1]"], "an app of --apps[0] is an object { id, key, secret }, not 1"],
    [["--apps", '{"id":"1","key":"a"}'], "the secret of an app of --apps is a string that is not empty, not undefined"],
    [["--apps", '{"id":"1","key":"a","secret":"s","cluter":"x"}'], 'an app of --apps has no option "cluter"'],
  ])("%j", (args, message) => {
    expect(() => commandOptions(args)).toThrow(UsageError);
    expect(() => commandOptions(args)).toThrow(message);
  });

  it("in a file is said with the file's name", () => {
    const path = file("nonsense");
    expect(() => commandOptions(["--apps", path])).toThrow(`${path} is not JSON: `);
  });
});
