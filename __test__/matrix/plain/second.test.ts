import { behaveAsNeighbour } from "./neighbours";

behaveAsNeighbour("second", "first");
