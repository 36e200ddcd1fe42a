/** TLS in front of a gateway: Node's own `tls` takes off the encryption, the gateway does the rest. */

import type { KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { crypto, net, tls } from "../base/builtin.js";
import { show } from "../base/shown.js";
import type { TlsOptions } from "../options/listen.js";

/** A certificate and its key, in PEM. */
export interface Certificate {
  cert: string;
  key: string;
  passphrase: string | undefined;
}

/**
 * Reads what `listen({ tls })` was given: PEM text, or the paths of files with it.
 *
 * @throws TypeError for a file that cannot be read, for what is no certificate or key, and for a key of another certificate
 */
export function readCertificate({ cert, key, passphrase }: TlsOptions): Certificate {
  const pem = { cert: read("cert", cert), key: read("key", key), passphrase };
  let certificate: X509Certificate;
  try {
    certificate = new (crypto().X509Certificate)(pem.cert);
  } catch (error) {
    throw wrong(`the cert of tls${place(cert)} is no certificate in PEM: ${(error as Error).message}`);
  }
  const isLocked = pem.key.includes("ENCRYPTED");
  // Asked for, or else OpenSSL asks for it, on the terminal.
  if (isLocked && passphrase === undefined) {
    throw wrong(`the key of tls${place(key)} is encrypted; give its passphrase as the option passphrase of tls`);
  }
  let privateKey: KeyObject;
  try {
    privateKey = crypto().createPrivateKey({ key: pem.key, passphrase });
  } catch (error) {
    const why = isLocked ? "does not open with this passphrase" : "is no private key in PEM";
    throw wrong(`the key of tls${place(key)} ${why}: ${(error as Error).message}`);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    const subject = certificate.subjectAltName ?? certificate.subject.replaceAll("\n", ", ");
    throw wrong(
      `the key of tls${place(key)} does not belong to the certificate${place(cert)} of ${subject}; give the two that were made together`,
    );
  }
  return pem;
}

function wrong(why: string): TypeError {
  return new TypeError(`pushrig: ${why}`);
}

function isPem(source: string | Buffer): boolean {
  return source.includes("-----BEGIN ");
}

/** Where it was read from. */
function place(source: string | Buffer): string {
  return typeof source === "string" && !isPem(source) ? `, ${show(source)},` : "";
}

function read(name: string, source: string | Buffer): string {
  if (typeof source !== "string" || isPem(source)) return source.toString();
  try {
    return readFileSync(source, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(
      `the ${name} of tls cannot be read from ${show(source)} (${code}); give the path of a PEM file, or the PEM text`,
    );
  }
}

/** What stands in the front of a connection that comes through here; see `preface.rs`. */
const PREFACE = "\0pushrig-tls ";

/**
 * Takes connections that the gateway hands over because they begin with a TLS handshake, and brings them back in plain text.
 * Both ways are over loopback. The gateway knows its own by the port that they came from, and believes nobody who cannot say
 * the secret; so it keeps the address of the client, and nobody can claim another.
 */
export class TlsFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What the gateway knows this front by. */
  readonly secret: string;
  /** Where the gateway listens. */
  #back: { host: string; port: number } | undefined;

  private constructor(certificate: Certificate, secret: string) {
    this.secret = secret;
    // Browsers would choose HTTP/2.
    const options = { ...certificate, ALPNProtocols: ["http/1.1"], allowHalfOpen: true, noDelay: true };
    this.#server = tls().createServer(options, (socket) => this.#bring(socket));
    this.#server.unref();
    // Held from the first byte, not only from the end of the handshake.
    this.#server.on("connection", (socket: Socket) => this.#hold(socket));
    // Who does not believe the certificate hangs up. The client says why.
    this.#server.on("tlsClientError", (_error, socket: TLSSocket) => socket.destroy());
  }

  static async open(certificate: Certificate, secret: string): Promise<TlsFront> {
    const front = new TlsFront(certificate, secret);
    await new Promise<void>((resolve, reject) => {
      front.#server.once("error", reject);
      front.#server.listen(0, "127.0.0.1", resolve);
    });
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Says where connections go back to. */
  lead(back: { host: string; port: number }): void {
    this.#back = back;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The process lives for the gateway, not for a client. */
  #hold(socket: Socket): void {
    socket.unref();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #bring(socket: TLSSocket): void {
    const { remotePort } = socket;
    if (this.#back === undefined || remotePort === undefined) return void socket.destroy();
    const plain = net().connect({ ...this.#back, allowHalfOpen: true, noDelay: true });
    this.#hold(plain);
    plain.write(`${PREFACE}${this.secret} ${String(remotePort).padStart(5, "0")}\n`);
    socket.pipe(plain).pipe(socket);
    // Each ends with the other, also when it breaks off.
    socket.on("error", () => plain.destroy());
    plain.on("error", () => socket.destroy());
    socket.on("close", () => plain.destroy());
    plain.on("close", () => socket.destroySoon());
  }
}
