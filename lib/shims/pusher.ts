// Stands in for npm `pusher`: the module itself is the class.
import { MockPusherServer } from "../index";

export = MockPusherServer;
