/** TLS in front of a gateway: Node's own `tls` takes off the encryption, the gateway does the rest. */

import type { KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { crypto, net, tls } from "../base/builtin.js";
import { realNow } from "../base/fakes.js";
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

/** What clients that look at the certificate say when they do not like it (RFC 8446, 6.2). */
const DISTRUST =
  /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REQUIRED|ACCESS_DENIED)$/;
const OLD_VERSION = /(UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW|WRONG_VERSION_NUMBER)$/;
const TRUST =
  "Let mkcert make the certificate, name its authority to the client (Node: NODE_EXTRA_CA_CERTS; curl: --cacert), call the " +
  "gateway by a name that stands in it, or open the gateway's address in a tab once and accept it there";

const HUNG_UP = `a client by TLS has hung up without a word, as Node does when it does not trust the certificate. ${TRUST}`;

/** Who hangs up so many milliseconds after the handshake or sooner has not liked the certificate; a browser that connects ahead of need waits longer. */
const SOON = 1_000;

/** Why a client has broken off the handshake, and what mends that. `reason` is OpenSSL's. */
function whyBrokenOff({ code = "", reason }: NodeJS.ErrnoException & { reason?: string }): string {
  const said = reason ?? code;
  if (DISTRUST.test(code)) return `a client by TLS does not trust the certificate (${said}). ${TRUST}`;
  if (OLD_VERSION.test(code)) return `a client by TLS speaks no version that is spoken here (${said}): 1.2 or 1.3`;
  if (code === "ECONNRESET" || code === "EPIPE") return HUNG_UP;
  return `a client by TLS has broken off the handshake (${said})`;
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
  /** Hears, once of each reason, why clients have broken off. */
  #tell: (why: string) => void = () => {};
  readonly #told = new Set<string>();

  private constructor(certificate: Certificate, secret: string) {
    this.secret = secret;
    // Browsers would choose HTTP/2.
    const options = { ...certificate, ALPNProtocols: ["http/1.1"], noDelay: true };
    this.#server = tls().createServer(options, (socket) => this.#bring(socket));
    this.#server.unref();
    // Held from the first byte, not only from the end of the handshake.
    this.#server.on("connection", (socket: Socket) => this.#hold(socket));
    this.#server.on("tlsClientError", (error, socket: TLSSocket) => {
      socket.destroy();
      this.#brokenOff(whyBrokenOff(error));
    });
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

  /** Says where connections go back to, and who hears why clients have broken off the handshake. */
  lead(back: { host: string; port: number }, tell: (why: string) => void): void {
    this.#back = back;
    this.#tell = tell;
  }

  close(): void {
    // Whoever is cut off now has not broken off.
    this.#tell = () => {};
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The process lives for the gateway, not for a client. */
  #hold(socket: Socket): void {
    socket.unref();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #brokenOff(why: string): void {
    if (this.#told.has(why)) return;
    this.#told.add(why);
    this.#tell(why);
  }

  #bring(socket: TLSSocket): void {
    const { remotePort } = socket;
    // From here on: who ends in the middle of the handshake has left.
    socket.allowHalfOpen = true;
    if (this.#back === undefined || remotePort === undefined) return void socket.destroy();
    const plain = net().connect({ ...this.#back, allowHalfOpen: true, noDelay: true });
    this.#hold(plain);
    plain.write(`${PREFACE}${this.secret} ${String(remotePort).padStart(5, "0")}\n`);
    socket.pipe(plain).pipe(socket);
    this.#listenForDistrust(socket);
    // Each ends with the other, also when it breaks off.
    socket.on("error", () => plain.destroy());
    plain.on("error", () => socket.destroy());
    socket.on("close", () => plain.destroy());
    plain.on("close", () => socket.destroySoon());
  }

  /** With TLS 1.2, and at times with 1.3, Node finds out behind the handshake, and then it hangs up. */
  #listenForDistrust(socket: TLSSocket): void {
    const since = realNow();
    let isSilent = true;
    socket.once("data", () => (isSilent = false));
    const left = (error?: NodeJS.ErrnoException): void => {
      if (!isSilent || realNow() - since > SOON) return;
      isSilent = false;
      this.#brokenOff(error === undefined ? HUNG_UP : whyBrokenOff(error));
    };
    socket.once("end", left);
    socket.once("error", left);
  }
}
