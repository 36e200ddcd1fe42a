/** Whether another process of this project may have a gateway: asked where nobody here has heard an event. */

import { locators, locatorsOf } from "../base/locator.js";
import { projectOf } from "../base/project.js";
import { isTaken } from "../base/taken-port.js";
import { isPortNamed, portFromEnvironment } from "../options/port.js";

export async function isSomebodyThere(): Promise<boolean> {
  return (await isTaken(portFromEnvironment())) || (!isPortNamed() && locatorsOf(projectOf().folder).length > 0);
}

/** Whether one is written down: all that can be known where nothing can be waited for. */
export function isSomebodyWrittenDown(): boolean {
  const { folder } = projectOf();
  return locators().some(({ located }) => located.project === folder && located.pid !== process.pid);
}
