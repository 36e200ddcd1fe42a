/**
 * Where the default app of this process is, when that is the gateway of another one: see docs/decisions/0027-attached-processes.md.
 * Copies of the package in one process meet here, as those of a bundler and of Node.
 */

import { realNow, realTimers } from "./fakes.js";

/** An app of that gateway. */
export interface AppThere {
  id: string;
  key: string;
  cluster: string;
  /** Undefined where the gateway does not tell it to this process. */
  secret?: string | undefined;
}

/** One that was made there by route, for those who test: it has a gateway of its own. */
export interface AppAddedThere extends AppThere {
  secret: string;
  url: string;
}

export interface Attachment {
  /** The gateway's address, without a slash at the end. */
  readonly url: string;
  /** What opens its control routes. */
  readonly token: string | undefined;
  /** Whose gateway it is, for texts: `process 4711 (next dev)`. */
  readonly whose: string;
  /** Who has attached this process, for texts: `PUSHRIG_URL`. */
  readonly by: string;
  /** Those that it serves, the one that is meant by default first. Empty before it has answered. */
  readonly apps: readonly AppThere[];
  /** Apps that a request to this process may claim. Undefined where the gateway is this process's own. */
  readonly added?: readonly AppAddedThere[] | undefined;
  /** Whether its app was claimed by the request that is being answered: that one is meant, whatever the credentials. */
  readonly isClaimed?: boolean;
  /** Whether it takes any key, as a default app does. */
  readonly takesAnyKey: boolean;
  /** Resolves once it has answered; rejects with why it does not. */
  ready(): Promise<void>;
  /** Resolves once it knows the secret of a key which it would not know otherwise. */
  introduce(key: string, secret: string): Promise<void>;
  /** Has it send webhooks to a URL, which may come later: what is asked next waits for that. Answers what ends it. */
  receive(to: string | Promise<string>, options: object): () => void;
}

const MEETING = Symbol.for("pushrig.attachment.v1");

/** A gateway of the same project that this process does not use. */
export interface OtherGateway {
  /** `process 4711` */
  whose: string;
  url: string;
}

interface Meeting {
  current: Attachment | undefined;
  /** The one that was found when nobody here has heard an event. */
  other: OtherGateway | undefined;
  /** When the next look may be; `Infinity` once it was said. */
  nextLook: number;
  /** Whether this process was asked to attach by its environment, and did. */
  isBegun: boolean;
}

const meeting = ((process as { [MEETING]?: Meeting })[MEETING] ??= {
  current: undefined,
  other: undefined,
  nextLook: 0,
  isBegun: false,
});

export function attachment(): Attachment | undefined {
  return meeting.current;
}

export function setAttachment(there: Attachment | undefined): void {
  meeting.current = there;
}

/** Milliseconds between two looks. */
const LOOK_INTERVAL = 2_000;

/** How this copy looks: what the process holds lives as long as that, and copies are collected. */
interface Looking {
  /** Whether it does at all. */
  isWanted(): boolean;
  look(): Promise<OtherGateway | undefined>;
  /** The same where nothing can be waited for. */
  lookNow(): OtherGateway | undefined;
}

let looking: Looking | undefined;
/** What was said to nobody, while it is looked who was meant. */
let unheard: { channel: string; event: string } | undefined;

/** Says how this process looks for a gateway that it does not use. Without that it never does. */
export function lookForOthers(how: Looking): void {
  looking = how;
}

/** The one that was found, for `why()`. */
export function otherGateway(): OtherGateway | undefined {
  return meeting.current === undefined ? meeting.other : undefined;
}

/** Nobody in this process, where the default app is its own, has heard an event: those who were meant may be elsewhere. */
export function heardByNobody(channel: string, event: string): void {
  const now = realNow();
  if (looking === undefined || meeting.current !== undefined || now < meeting.nextLook) return;
  meeting.nextLook = now + LOOK_INTERVAL;
  if (!looking.isWanted()) return;
  sayAtExit();
  const said = { channel, event };
  unheard = said;
  const { look } = looking;
  // In a later turn: whoever triggers does not wait for it.
  realTimers.setImmediate(() => {
    look().then(
      (other) => {
        unheard = undefined;
        sayOther(said, other);
      },
      () => (unheard = undefined),
    );
  });
}

function sayOther({ channel, event }: { channel: string; event: string }, other: OtherGateway | undefined): void {
  if (other === undefined || meeting.nextLook === Infinity) return;
  meeting.other = other;
  meeting.nextLook = Infinity;
  console.warn(
    `pushrig: nobody in this process has heard ${JSON.stringify(event)} on ${JSON.stringify(channel)}, and ${other.whose} has a gateway of the same ` +
      `project on ${new URL(other.url).host}: what is triggered here does not get there. Set PUSHRIG_ATTACH=1, beside USE_MOCKS=true, for this process too. ` +
      "This is said once.",
  );
}

let isSaidAtExit = false;

/** A script that calls `process.exit()` right after its `trigger()` is the one that needs it most. */
function sayAtExit(): void {
  if (isSaidAtExit) return;
  isSaidAtExit = true;
  process.on("exit", () => {
    if (unheard !== undefined) sayOther(unheard, looking?.lookNow());
  });
}

/** Begins, where nobody in this process has yet. What has failed is begun again by the next who asks. */
export function beginOnce(begin: () => void): void {
  if (meeting.isBegun) return;
  meeting.isBegun = true;
  try {
    begin();
  } catch (error) {
    meeting.isBegun = false;
    throw error;
  }
}

/** What signs there: the credentials that are given, or those of its first app where they are nobody's but the mock's own. */
export function credentialsThere(
  { apps, isClaimed = false }: Pick<Attachment, "apps" | "isClaimed">,
  given: { key: string; secret: string },
  mock: { key: string },
): { id: string | undefined; key: string; secret: string } {
  const { key, secret } = given;
  const own = isClaimed ? apps[0] : apps.find((app) => app.key === key);
  if (isClaimed && own?.secret !== undefined) return { id: own.id, key: own.key, secret: own.secret };
  if (own !== undefined) return { id: own.id, key, secret: own.secret ?? secret };
  const [first] = apps;
  if (key !== mock.key || first?.secret === undefined) return { id: undefined, key, secret };
  return { id: first.id, key: first.key, secret: first.secret };
}
