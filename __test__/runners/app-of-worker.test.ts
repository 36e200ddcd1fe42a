// The app of a worker of Playwright, while the gateway is handed from one process to another.
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { createMockPusher } from "pushrig";
import { expect, it, onTestFinished } from "vitest";
import { Remote } from "../../lib/remote/remote.js";
import { AppOfWorker } from "../../lib/runners/playwright/app-of-worker.js";

const noOwn = () => Promise.reject(new Error("a gateway of its own was opened"));

/** A gateway whose process is about to end: it cuts who asks. */
async function dying(): Promise<{ port: number; asked: Promise<unknown>; end(): Promise<unknown> }> {
  const server: Server = createServer();
  const asked = new Promise((resolve) => {
    server.on("request", (incoming) => {
      incoming.socket.destroy();
      resolve(undefined);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = server.address() as AddressInfo;
  return { port, asked, end: () => new Promise((resolve) => server.close(resolve)) };
}

async function ended(): Promise<{ port: number }> {
  const gateway = await dying();
  await gateway.end();
  return gateway;
}

/** The gateway of the next process, on the same port. */
async function next(port: number): Promise<void> {
  const app = createMockPusher();
  onTestFinished(() => app.close());
  await app.listen({ port });
}

const worker = ({ port }: { port: number }): AppOfWorker =>
  new AppOfWorker({ url: `http://127.0.0.1:${port}` }, { folder: "/nowhere", parallelIndex: 0 }, noOwn);

it("is begun at the gateway that takes the place of one which ends meanwhile", async () => {
  const gateway = await dying();
  const begun = worker(gateway).begin(async ({ remote }) => (await remote.mark()).seq);
  await gateway.asked;
  await gateway.end();
  await next(gateway.port);
  expect(await begun).toBeGreaterThanOrEqual(0);
});

it("begins anew where the gateway ends in the middle", async () => {
  const gateway = await dying();
  await gateway.end();
  await next(gateway.port);
  const away = await new Remote(`http://127.0.0.1:${(await ended()).port}`).state().catch((error: Error) => error);
  let times = 0;
  const key = await worker(gateway).begin(({ key }) => {
    times += 1;
    return times === 1 ? Promise.reject(away as Error) : Promise.resolve(key);
  });
  expect([times, key]).toEqual([2, expect.stringMatching(/^playwright-0-/)]);
});

it("says that nobody answers once nobody has taken its place in time", { timeout: 20_000 }, async () => {
  const gateway = await ended();
  const begun = worker(gateway).begin(({ remote }) => remote.mark());
  await expect(begun).rejects.toThrow(`pushrig: no gateway answers at http://127.0.0.1:${gateway.port} (ECONNREFUSED)`);
});
