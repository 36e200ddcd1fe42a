import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Wire {
  url: string;
  /** Connections that are open. */
  readonly open: number;
  /** Ends all of them, and lets no new one through. */
  cut(): void;
  mend(): void;
}

/** A wire to a port of this machine, which can be cut. */
export async function wireTo(port: number): Promise<Wire> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    open.add(client);
    const gateway = connect(port, "127.0.0.1");
    const end = (): void => {
      open.delete(client);
      client.destroy();
      gateway.destroy();
    };
    for (const socket of [client, gateway]) socket.on("error", () => {}).on("close", end);
    client.pipe(gateway).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return open.size;
    },
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => void (isCut = false),
  };
}
