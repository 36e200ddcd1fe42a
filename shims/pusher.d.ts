import { MockPusherServer } from "../index";

/** In the shape of npm `pusher`: the module itself is the class. */
export = MockPusherServer;
