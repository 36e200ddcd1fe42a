import { describe, expect, it } from "vitest";
import { scenarios } from "./scenarios.js";
import { play, type Scenario, type Trace } from "./world.js";

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
