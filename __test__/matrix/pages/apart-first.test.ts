// Two files that run at the same time, on the same channel: neither meets the other.
import { meetNobody } from "./neighbours";

meetNobody("first");
