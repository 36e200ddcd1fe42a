/** The page of a gateway. */

import { render } from "preact";
import { Live } from "./live.js";
import { App } from "./views/app.js";

const source = new Live(
  location.origin + location.pathname.replace(/\/[^/]*$/, ""),
  new URLSearchParams(location.search).get("app") ?? undefined,
);
source.start();
render(<App source={source} />, document.body);
