import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { Application, type Bundler } from "./application";
import { onStage, tellStories } from "./stories";

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../gateway/certificates/${name}`, import.meta.url));

// The certificate of the tests is nobody's.
vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");

describe.each<Bundler>(["turbopack", "webpack"])("next dev --%s --experimental-https", (bundler) => {
  const stage = onStage(async () => {
    const application = await Application.dev(bundler, {
      gatewayPort: await freePort(),
      certificate: { cert: certificate("localhost.pem"), key: certificate("localhost-key.pem") },
      // The agent calls back by https.
      variables: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    });
    await application.compile();
    return application;
  });

  tellStories(stage);

  it("leads tabs to the gateway by wss, with the certificate of the page", async () => {
    const { application, ada } = stage;
    await expect
      .poll(() => application.output)
      .toMatch(/pushrig: the gateway for browsers listens at https:\/\/localhost:\d+/);
    const sockets = ada.requests.filter((address) => address.includes("/app/mock-pusher-key"));
    expect(sockets.length).toBeGreaterThan(0);
    for (const address of sockets) expect(address).toMatch(/^wss:\/\/localhost:\d+\/app\//);
  });
});
