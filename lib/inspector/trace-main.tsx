/** The page of a trace, which its head names. */

import { render } from "preact";
import { Traced } from "./traced.js";
import { App } from "./views/app.js";

const name = document.querySelector<HTMLMetaElement>('meta[name="pushrig-trace"]')?.content ?? "the trace";
const source = new Traced(name, new URL("trace", location.href).href);
source.start();
render(<App source={source} />, document.body);
