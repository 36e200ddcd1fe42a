// Processes of one project whose gateway changes hands under traffic, in every order in which they can start, beside a model of
// what may happen: model.ts. Whole with PUSHRIG_LONG, which allows the times that users are promised and has the example under `next dev`.
import { get } from "node:http";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { makeCopy } from "../../next/application/setup";
import { check, type Limits, printed, type Seen, smallest } from "./model";
import { Page } from "./page";
import { isLong, PRESENCE, ROLES, type Role, type Running, start, type Way, WAYS } from "./processes";

/** Ends of the owner for each order of starts. */
const ENDS = isLong ? 9 : 2;
/** What is promised, on a machine that does nothing else. */
const PROMISED: Limits = { owner: 2_000, members: 3_000 };
const LIMITS: Limits = isLong ? PROMISED : { owner: 20_000, members: 30_000 };
/** Milliseconds after which something will not become so any more. How soon it did the model judges. */
const PATIENCE = 60_000;
/** Milliseconds for which an owner is suspended. */
const STOP = isLong ? 5_000 : 1_000;
/** Events that are answered between two ends. */
const TRAFFIC = 40;
/** Milliseconds between two looks at who has the gateway. */
const LOOK = 20;

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first, at) => permutations(values.toSpliced(at, 1)).map((rest) => [first, ...rest]));
}

/** JSON, over a connection of its own; undefined when nobody answers. */
function read(url: string): Promise<any> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 1_000 }, async (response) => {
      let text = "";
      try {
        for await (const piece of response.setEncoding("utf8")) text += piece;
        resolve(JSON.parse(text));
      } catch {
        resolve(undefined);
      }
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
  });
}

/** One project whose processes start in an order, and whose owner ends again and again. */
class Project {
  readonly #order: readonly Role[];
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-takeover-")));
  readonly #all: Running[] = [];
  readonly #alive = new Map<number, Running>();
  readonly #own: Seen[] = [];
  #port = 0;
  #page: Page | undefined;
  #isOver = false;
  #watching: Promise<void> | undefined;
  #kills = 0;

  constructor(order: readonly Role[]) {
    this.#order = order;
  }

  async begin(): Promise<void> {
    this.#port = await freePort();
    for (const role of this.#order) await this.#start(role);
    this.#page = new Page(this.#port);
    this.#watching = this.#watch();
    await this.#members("start");
  }

  get history(): Seen[] {
    const all = [...this.#own, ...(this.#page?.seen ?? []), ...this.#all.flatMap((one) => one.seen())];
    return all.toSorted((one, other) => one.at - other.at);
  }

  get outputs(): string {
    return this.#all.map((one) => `── ${one.role} ${one.pid}\n${one.output()}`).join("\n");
  }

  /** The owner ends, another one has the gateway, and the process that has ended starts anew. */
  async end(way: Way): Promise<void> {
    await this.#traffic();
    const owner = await this.#owner();
    const kill = this.#name(`${way} of ${owner.role} ${owner.pid}`);
    this.#alive.delete(owner.pid);
    this.#see({ kind: "ended", kill, pid: owner.pid });
    await owner.end(way);
    this.#buried(owner);
    await this.#owner(owner.pid);
    await this.#members(kill);
    await this.#start(owner.role);
  }

  /** The owner is suspended for a while, and keeps what it has. */
  async suspend(): Promise<void> {
    await this.#traffic();
    const owner = await this.#owner();
    const kill = this.#name(`suspension of ${owner.role} ${owner.pid}`);
    this.#see({ kind: "stopped", kill, pid: owner.pid });
    owner.signal("SIGSTOP");
    await sleep(STOP);
    owner.signal("SIGCONT");
    this.#see({ kind: "continued", kill, pid: owner.pid });
    await this.#owner();
    await this.#members(kill);
  }

  /** What was answered has the time to come; then everything ends. Answers what has happened. */
  async over(): Promise<Seen[]> {
    await this.#traffic();
    await Promise.all([...this.#alive.values()].map((one) => one.quiet()));
    await this.#until(() => check(this.history, LIMITS).length === 0, PROMISED.members);
    const { history } = this;
    await this.close();
    return history;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
    this.#page?.close();
    await Promise.all([...this.#alive.values()].map((one) => one.end("SIGKILL")));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #name(what: string): string {
    this.#kills += 1;
    return `${this.#kills}: ${what}`;
  }

  #see(seen: { [Kind in Seen["kind"]]: Omit<Seen & { kind: Kind }, "at"> }[Seen["kind"]]): void {
    this.#own.push({ at: Date.now(), ...seen } as Seen);
  }

  async #start(role: Role): Promise<void> {
    const env = { PUSHRIG_PROJECT: this.#folder, PUSHRIG_PORT: String(this.#port) };
    const one = await start(role, `${role} ${this.#all.length + 1}`, env);
    this.#all.push(one);
    this.#alive.set(one.pid, one);
  }

  /** What a process that has ended cannot tell any more: that its client has no connection. */
  #buried({ client, seen }: Running): void {
    const last = seen().findLast((one) => one.kind === "subscribed" || one.kind === "lost");
    if (client !== undefined && last?.kind === "subscribed") this.#see({ kind: "lost", client, session: last.session });
  }

  /** Looks who has the gateway, until it is over. */
  async #watch(): Promise<void> {
    let latest = "";
    while (!this.#isOver) {
      const answers = await Promise.all(
        ["127.0.0.1", "[::1]"].map((host) => read(`http://${host}:${this.#port}/health`)),
      );
      const pids = answers.flatMap((answer) => (answer === undefined ? [] : [answer.pid as number]));
      if (pids.join() !== latest) this.#see({ kind: "owners", pids });
      latest = pids.join();
      await sleep(LOOK);
    }
  }

  /** Who has the gateway now, another than a process that has ended. */
  async #owner(before?: number): Promise<Running> {
    let owner: Running | undefined;
    const isThere = (): boolean => {
      const [pid] = this.#own.findLast((seen): seen is Seen & { kind: "owners" } => seen.kind === "owners")?.pids ?? [];
      owner = pid === before || pid === undefined ? undefined : this.#alive.get(pid);
      return owner !== undefined;
    };
    if (await this.#until(isThere)) return owner as unknown as Running;
    throw new Error(`nobody has the gateway:\n${printed(this.history.slice(-50))}\n${this.outputs}`);
  }

  /** Some events are answered. */
  async #traffic(): Promise<void> {
    const answered = (): number => this.history.filter(({ kind }) => kind === "answered").length;
    const before = answered();
    if (await this.#until(() => answered() >= before + TRAFFIC)) return;
    throw new Error(`no traffic:\n${printed(this.history.slice(-50))}\n${this.outputs}`);
  }

  /** Looks until those are on the channel who are to be there, and notes what it has seen last. */
  async #members(kill: string): Promise<void> {
    const clients = [...this.#alive.values()].flatMap(({ client }) => client ?? []);
    const expected = [...clients, (this.#page as Page).client].toSorted();
    const pids = [...this.#alive.keys()].toSorted();
    let there: string[] = [];
    let count = 0;
    let processes: number[] = [];
    await this.#until(async () => {
      const state = await read(`http://127.0.0.1:${this.#port}/pushrig/v1/state`);
      const channel = state?.channels.find(({ name }: { name: string }) => name === PRESENCE);
      there = (channel?.members ?? []).map(({ id }: { id: string }) => id).toSorted();
      count = state?.connections.length ?? 0;
      const { pid, attached = [] } = state?.gateway ?? {};
      processes = [pid, ...attached.map((one: { pid: number }) => one.pid)].toSorted();
      const isRight = there.join() === expected.join() && count === expected.length;
      return isRight && processes.join() === pids.join();
    });
    this.#see({ kind: "members", kill, there, expected });
    this.#see({ kind: "connections", kill, count, expected: expected.length });
    this.#see({ kind: "processes", kill, there: processes, expected: pids });
  }

  /** Whether something becomes so within a time. */
  async #until(isSo: () => boolean | Promise<boolean>, limit = PATIENCE): Promise<boolean> {
    for (const end = Date.now() + limit; Date.now() < end; await sleep(LOOK)) if (await isSo()) return true;
    return false;
  }
}

beforeAll(async () => {
  if (isLong) await makeCopy();
}, 600_000);

const all = permutations(ROLES);
/** Briefly: one order for each process that can be first. */
const orders = isLong ? all : ROLES.map((role) => all.find(([first]) => first === role) as Role[]);

it.for(orders.map((order, at) => [order.join(", "), order, at] as const))(
  "goes from hand to hand, started in the order %s",
  // Briefly they mostly wait, so they run at once; what is promised is measured one after the other.
  { timeout: isLong ? 10 * 60_000 : 180_000, concurrent: !isLong },
  async ([, order, at]) => {
    const project = new Project(order);
    let history: Seen[];
    try {
      await project.begin();
      for (let count = 0; count < ENDS; count += 1) await project.end(WAYS[(at + count) % WAYS.length]);
      await project.suspend();
      history = await project.over();
    } finally {
      await project.close();
    }
    const violations = check(history, LIMITS);
    const [first] = violations;
    const part = first && `${first.text}\n${printed(smallest(history, first, LIMITS))}`;
    expect(violations.length, `${violations.length} violations, the first of them:\n${part}\n${project.outputs}`).toBe(
      0,
    );
    // It was under traffic, and everybody was there.
    const received = history.filter(({ kind }) => kind === "received");
    expect(received.length).toBeGreaterThan(TRAFFIC * ENDS * 2);
    expect(history.filter(({ kind }) => kind === "ended")).toHaveLength(ENDS);
    if (isLong) console.log(times(history));
  },
);

/** How long takeovers took, and the way back of everybody. */
function times(history: readonly Seen[]): string {
  const ends = history.filter((seen): seen is Seen & { kind: "ended" } => seen.kind === "ended");
  return ends
    .map(({ at, kill, pid }) => {
      const owner = history.find(
        (seen) => seen.kind === "owners" && seen.at > at && seen.pids.some((one) => one !== pid),
      );
      const members = history.find((seen) => seen.kind === "members" && seen.kill === kill);
      return `${kill}: owner after ${(owner?.at ?? NaN) - at} ms, everybody after ${(members?.at ?? NaN) - at} ms`;
    })
    .join("\n");
}
