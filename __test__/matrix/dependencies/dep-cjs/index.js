exports.Server = require("pusher");
exports.Client = require("pusher-js");
exports.EncryptedClient = require("pusher-js/with-encryption");
