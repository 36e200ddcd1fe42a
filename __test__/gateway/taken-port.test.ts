import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { createMockPusher } from "pushrig";
import { expect, it, onTestFinished } from "vitest";

/** What the example of docs/gateway.md says of who has the port. */
async function ownerOf(port: number): Promise<string> {
  const document = readFileSync(new URL("../../docs/gateway.md", import.meta.url), "utf8");
  const [, example] =
    /<!-- run by __test__\/gateway\/taken-port.test.ts -->\n```js\nimport .*\n([^]*?)\n```/.exec(document) ?? [];
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  const said: string[] = [];
  const run = new Function("listen", "console", `return (async () => {${example.replace("6001", String(port))}})();`);
  await run(rig.listen.bind(rig), { log: (text: string) => said.push(text) });
  return said.join("\n");
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it("is known to be another gateway's, with its process", async () => {
  const rig = createMockPusher();
  const gateway = await rig.listen({ port: 0 });
  onTestFinished(() => gateway.close());
  expect(await ownerOf(gateway.port)).toBe(`process ${process.pid} has it`);
});

it.each(["hello", "null", "{}"])("is known to be something else's that answers %s", async (body) => {
  const port = await portOf(createHttpServer((_request, response) => response.end(body)));
  expect(await ownerOf(port)).toBe("something else has it");
});

it("is known to be something else's that never answers", async () => {
  const sockets: Socket[] = [];
  const port = await portOf(createServer((socket) => sockets.push(socket)));
  expect(await ownerOf(port)).toBe("something else has it");
  for (const socket of sockets) socket.destroy();
});
