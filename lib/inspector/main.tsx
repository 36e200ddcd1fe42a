/** The page of a gateway. */

import { render } from "preact";
import { Session } from "./session.js";
import { App } from "./views/app.js";

const session = new Session(location.origin + location.pathname.replace(/\/[^/]*$/, ""));
session.start();
render(<App session={session} />, document.body);
