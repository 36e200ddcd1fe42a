import { inNode, inPython } from "./client.js";
import { behaveAsClients } from "./stories.js";
import { World } from "./world.js";

behaveAsClients(World.forThisFile(), [inNode, inPython("pysher"), inPython("asyncpusher")]);
