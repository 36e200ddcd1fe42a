// What the commands that ask a gateway take, and what of it is wrong.
import { expect, it } from "vitest";
import { KINDS } from "../../lib/journal/sentences.js";
import { readControl } from "../../lib/options/control-command.js";
import { plainOptions } from "../../lib/options/status-command.js";
import { tailOptions } from "../../lib/options/tail-command.js";
import { triggerOptions } from "../../lib/options/trigger-command.js";
import { waitOptions } from "../../lib/options/wait-command.js";
import { whyOptions } from "../../lib/options/why-command.js";

const READ: Record<string, (args: string[]) => unknown> = {
  status: (args) => plainOptions("status", args),
  reset: (args) => plainOptions("reset", args),
  mark: (args) => plainOptions("mark", args),
  why: whyOptions,
  tail: (args) => tailOptions(args, KINDS),
  trigger: triggerOptions,
  wait: waitOptions,
};

const read = (line: string): unknown => {
  const [command, ...args] = line.split(" ");
  return READ[command](args);
};

it.each([
  ["status here", 'it is pushrig status [options], and got "here"'],
  ["status --ulr=x", "status has no option --ulr; did you mean --url?"],
  ["status --url", "--url needs a value, as in --url=VALUE"],
  ["status --url --json", "--url needs a value, as in --url=VALUE"],
  ["status --url= --json", "--url needs a value"],
  ["status --json=yes", "--json takes no value: leave it out"],
  [
    "status --url=localhost:6001",
    '--url must be a gateway\'s address such as "http://127.0.0.1:6001", not "localhost:6001"',
  ],
  ["status --url=http://a:b@127.0.0.1:6001", "without a user and password before it"],
  ["status --url=https://api-eu.pusher.com", "Pusher's public service, which the mock never contacts"],
  ["status --url=http://a --url=http://b", "--url is given twice: give it once"],
  ["status --token=ä", "--token is a text of visible ASCII characters without spaces, not one that is empty"],
  ["reset all", 'it is pushrig reset [options], and got "all"'],
  ["why", "it is pushrig why EVENT [--channel NAME] [--client WHO], and got nothing"],
  ["why task-1 new-message", 'and got "task-1" "new-message"'],
  ["why e --data={", "--data is JSON, such as"],
  ["why e --since=x", '--since is what pushrig mark prints, a whole number from 0 or JSON, not "x"'],
  ["trigger", "it is pushrig trigger CHANNEL EVENT [DATA], and got nothing"],
  ["trigger task-1", 'it is pushrig trigger CHANNEL EVENT [DATA], and got "task-1"'],
  ["trigger task-1 e hello", `DATA is JSON, such as '{"id":"m1"}' or '"a text"', which "hello" is not`],
  ["trigger task-1 task-2 e", "DATA is JSON, such as"],
  ["trigger a b e hello", "DATA behind several channels is JSON"],
  ["trigger e -5", "-5 is taken for an option: put -- before what is none"],
  ["trigger task-1 e {} --to-user=ada", "it is pushrig trigger EVENT [DATA] --to-user ID, and got"],
  ["trigger e --to-user=ada --as=bob", "--as is an event of a client, and --to-user one of a server: give one of them"],
  ["wait", "wait needs what to wait for: There is subscribed, vacated, members, triggered, received, webhook, idle"],
  ["wait trigered a b", 'there is nothing to wait for called "trigered": did you mean triggered? There is'],
  ["wait subscribed", "it is pushrig wait subscribed CHANNEL, and got nothing"],
  ["wait idle now", 'it is pushrig wait idle, and got "now"'],
  ["wait triggered a", 'it is pushrig wait triggered CHANNEL EVENT [DATA], and got "a"'],
  ["wait vacated a --by=ada", "wait vacated has no option --by: it has none but --timeout"],
  ["wait subscribed a --times=2", "wait subscribed has no option --times: it has --by, --count"],
  ["wait triggered a b --times=0", '--times is a whole number from 1, not "0"'],
  ["wait idle --timeout=soon", 'give --timeout a number of milliseconds or a text such as "2m" (ms, s, m or h)'],
  ["wait idle --timeout=5", "--timeout needs a unit: 5s is seconds, 5ms milliseconds"],
  // What the routes, the SDK and the tools of agents call them.
  ["trigger a e --except=1.1", "trigger has no option --except; did you mean --socket-id?"],
  ["trigger a e --socketId=1.1", "trigger has no option --socketId; did you mean --socket-id?"],
  ["trigger a e --as-client=ada", "trigger has no option --as-client; did you mean --as?"],
  ["trigger e --to=ada", "trigger has no option --to; did you mean --to-user?"],
  ["wait received a b --client=ada", "wait has no option --client; did you mean --by?"],
  ["wait idle --timeout=2d", "of at most 24 hours, not"],
  ["tail task-1", 'it is pushrig tail [--channel NAME] [--kinds KINDS], and got "task-1"'],
  ["tail --kinds=triggerd", '--kinds has no kind "triggerd": did you mean triggered? There is connected, closed'],
  ["tail --kinds=triggered,", '--kinds has no kind ""'],
  ["tail --after=-1", '--after is a whole number from 0, not "-1"'],
])("refuses: %s", (line, sentence) => {
  expect(() => read(line)).toThrow(sentence);
});

it.each(Object.keys(READ))("%s --help asks for help, whatever else is said", (command) => {
  expect(read(`${command} --help`)).toBe("help");
  expect(read(`${command} and more --json -h`)).toBe("help");
});

it("takes address and token of the environment, where they are not given", () => {
  const env = { PUSHRIG_URL: "http://127.0.0.1:7001", PUSHRIG_TOKEN: "of-the-environment" };
  expect(readControl("status", [], {}, env)).toMatchObject({ url: env.PUSHRIG_URL, token: env.PUSHRIG_TOKEN });
  const args = ["--url=http://127.0.0.1:1", "--token=given"];
  expect(readControl("status", args, {}, env)).toMatchObject({ url: "http://127.0.0.1:1", token: "given" });
  expect(readControl("status", [], {}, { PUSHRIG_URL: "" })).toMatchObject({ url: undefined, token: undefined });
  expect(() => readControl("status", [], {}, { PUSHRIG_URL: "here" })).toThrow(
    "PUSHRIG_URL must be a gateway's address",
  );
});

it("tells channels, event and data apart", () => {
  const parts = (line: string): unknown => {
    const { channels, event, data } = triggerOptions(line.split(" ")) as {
      channels: string[];
      event: string;
      data: unknown;
    };
    return [channels, event, data];
  };
  expect(parts("task-1 e")).toEqual([["task-1"], "e", {}]);
  expect(parts("task-1 e 5")).toEqual([["task-1"], "e", 5]);
  expect(parts("task-1 e -- -5")).toEqual([["task-1"], "e", -5]);
  expect(parts("task-1 task,2 e null")).toEqual([["task-1", "task,2"], "e", null]);
  expect(parts("e --to-user ada")).toEqual([[], "e", {}]);
  expect(parts('e "hello" --to-user ada')).toEqual([[], "e", "hello"]);
});

it("takes times as people write them", () => {
  const timeout = (text: string): unknown =>
    (waitOptions(["idle", `--timeout=${text}`]) as { timeout: number }).timeout;
  expect([timeout("500ms"), timeout("1.5s"), timeout("2m"), timeout("0")]).toEqual([500, 1_500, 120_000, 0]);
  expect(waitOptions(["idle"])).toMatchObject({ timeout: 10_000 });
});
