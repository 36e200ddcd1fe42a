/**
 * Node's larger modules, loaded when they are first needed: `node:crypto` alone would take longer to
 * load than this package.
 */

import type * as Crypto from "node:crypto";
import type * as Http from "node:http";
import type * as Https from "node:https";
import type * as Net from "node:net";
import type * as Os from "node:os";
import type * as Stream from "node:stream";
import type * as Tls from "node:tls";
import type * as Vm from "node:vm";
import type * as Zlib from "node:zlib";

let loadedCrypto: typeof Crypto | undefined;

export function crypto(): typeof Crypto {
  // Asked for by every signature: even finding a loaded module takes longer than some of what is asked of it.
  return (loadedCrypto ??= require("node:crypto") as typeof Crypto);
}

export function http(): typeof Http {
  return require("node:http") as typeof Http;
}

export function https(): typeof Https {
  return require("node:https") as typeof Https;
}

export function net(): typeof Net {
  return require("node:net") as typeof Net;
}

export function os(): typeof Os {
  return require("node:os") as typeof Os;
}

export function stream(): typeof Stream {
  return require("node:stream") as typeof Stream;
}

export function tls(): typeof Tls {
  return require("node:tls") as typeof Tls;
}

export function vm(): typeof Vm {
  return require("node:vm") as typeof Vm;
}

export function zlib(): typeof Zlib {
  return require("node:zlib") as typeof Zlib;
}
