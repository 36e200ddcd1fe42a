import { describe, expect, it } from "vitest";
import { faultScenarios } from "./fault-scenarios.js";
import { scenarios } from "./scenarios.js";
import { play, type Scenario, type Trace, type World } from "./world.js";

/** Scenarios that show something else with immediate delivery, and why. */
const IMMEDIATELY_DIFFERENT: Record<string, string> = {
  "subscribing before there is a connection": "a client is connected when its constructor returns",
  "a client event and a disconnect in one turn": "a client event is delivered before trigger returns",
  "an encrypted event with 0": "falsy data is one argument: a callback gets (data)",
};

/** With immediate delivery metadata is an argument only when it says something. */
const withoutEmptyMetadata = (entry: string) => entry.replace(/, \{\}\)$/, ")");

/** With immediate delivery the first connection is there before anybody could bind to it. */
const FIRST_CONNECTION = 'state_change ({"previous":"connecting","current":"connected"})';

function asImmediate(trace: Trace): Trace {
  return Object.fromEntries(
    Object.entries(trace).map(([lane, entries]) => {
      const first = lane === "scenario" ? -1 : entries.indexOf(FIRST_CONNECTION);
      return [lane, entries.filter((_, i) => i !== first || i > 0).map(withoutEmptyMetadata)];
    }),
  );
}

const real = new Map<Scenario, Promise<Trace>>();
function realTrace(scenario: Scenario): Promise<Trace> {
  if (!real.has(scenario)) real.set(scenario, play(scenario, "pusher-js"));
  return real.get(scenario)!;
}

describe.concurrent("over a simulated network the mock leaves the trace of pusher-js", () => {
  it.for(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async ([, scenario], { expect }) => {
    const [mock, pusherJs] = await Promise.all([play(scenario, "network"), realTrace(scenario)]);
    expect(mock).toEqual(pusherJs);
  });
});

describe.concurrent("with immediate delivery each client sees the same in the same order", () => {
  it.for(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    "%s",
    async ([name, scenario], { expect }) => {
      const [mock, pusherJs] = await Promise.all([play(scenario, "immediate"), realTrace(scenario)]);
      if (name in IMMEDIATELY_DIFFERENT) expect(asImmediate(mock)).not.toEqual(asImmediate(pusherJs));
      else expect(asImmediate(mock)).toEqual(asImmediate(pusherJs));
    },
  );
});

it("plays at least 60 scenarios, each under a name of its own", () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(scenarios.length).toBeGreaterThanOrEqual(60);
  for (const name of Object.keys(IMMEDIATELY_DIFFERENT)) expect(scenarios.map((one) => one.name)).toContain(name);
});

describe.concurrent("under a fault of the network the mock leaves the trace of pusher-js", () => {
  it.for(faultScenarios.map((scenario) => [scenario.name, scenario] as const))(
    "%s",
    async ([, scenario], { expect }) => {
      const [mock, pusherJs] = await Promise.all([play(scenario, "network"), play(scenario, "pusher-js")]);
      expect(mock).toEqual(pusherJs);
    },
  );
});

it("a fault is felt: where every event comes twice, it is in the trace twice", async () => {
  const scenario = scenarios.find(({ name }) => name === "an event with an object") as Scenario;
  const [once, twice] = [
    await play(scenario, "network"),
    await play(scenario, "network", FAULTS["where every event comes twice"]),
  ];
  const events = (trace: Trace) => trace["client 1"].filter((entry) => entry.startsWith("room e ("));
  expect([events(once).length, events(twice).length]).toEqual([1, 2]);
});

/** Faults under which every scenario still comes to its end. */
const FAULTS: Record<string, (world: World) => void> = {
  "where every event comes twice": ({ network }) => void network.duplicate(),
  "where connecting takes its time": ({ network }) => void network.delay(30),
  "where every call's events get lost, and the application publishes again": (world) => {
    world.publishing = async (publish) => {
      const fault = world.network.lose();
      await publish().finally(() => fault.restore());
      return publish();
    };
  },
  "where every call fails, and the application calls again": (world) => {
    world.publishing = async (publish) => {
      const fault = world.network.failTrigger({ status: 503, times: 1 });
      try {
        return await publish();
      } catch (error) {
        if (fault.strikes === 0) throw error;
      } finally {
        fault.restore();
      }
      return publish();
    };
  },
  "where every event is kept back until somebody looks for it": (world) => {
    const held = world.network.hold();
    world.looking = () => held.release();
  },
  "where the cable is out while nobody looks": (world) => {
    let silence = world.network.silence("all");
    world.looking = () => silence.restore();
    world.found = () => (silence = world.network.silence("all"));
  },
};

describe.concurrent.for(Object.entries(FAULTS))("%s the mock leaves the trace of pusher-js", ([, fault]) => {
  it.for(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async ([, scenario], { expect }) => {
    const [mock, pusherJs] = await Promise.all([play(scenario, "network", fault), play(scenario, "pusher-js", fault)]);
    expect(mock).toEqual(pusherJs);
  });
});
