import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { Application, build, type Bundler } from "./application";
import { onStage, tellStories } from "./stories";

describe.each<Bundler>(["turbopack", "webpack"])("next build --%s", (bundler) => {
  let gatewayPort: number;
  let output: string;

  beforeAll(async () => {
    gatewayPort = await freePort();
    output = await build(bundler, gatewayPort);
  });

  it("opens no gateway while it builds", () => {
    expect(output).not.toContain("gateway for browsers");
  });

  describe("next start", () => {
    const stage = onStage(() => Application.production(gatewayPort));
    tellStories(stage);

    it("lets a second process publish to the gateway of the first", async () => {
      const second = await Application.production(gatewayPort);
      try {
        expect(second.output).toContain(`another process's gateway listens at http://127.0.0.1:${gatewayPort} already`);
        const body = JSON.stringify({ title: "Renamed from elsewhere" });
        await second.fetch("/api/tasks/1/title", { method: "PUT", body });
        await expect.poll(() => stage.ada.task()).toMatchObject({ title: "Renamed from elsewhere" });
      } finally {
        await second.stop();
      }
    });
  });

  describe("standalone", () => {
    tellStories(onStage(() => Application.standalone(gatewayPort)));
  });
});
