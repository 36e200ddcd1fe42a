exports.Server = require("pusher");
exports.Client = require("pusher-js");
exports.Renamed = require("realtime");
exports.EncryptedClient = require("pusher-js/with-encryption");
