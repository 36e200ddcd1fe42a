import { behaveAsNeighbour } from "./neighbours";

behaveAsNeighbour("first", "second");
