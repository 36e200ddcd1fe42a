//! The sessions of clients without WebSocket.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::gateway::wire::connection::GatewayConnection;

/// The sessions of a gateway, by what the client calls them.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<GatewayConnection>>>);

impl Sessions {
    pub fn get(&self, name: &str) -> Option<Arc<GatewayConnection>> {
        self.0.lock().get(name).cloned()
    }

    pub fn insert(&self, name: &str, connection: &Arc<GatewayConnection>) {
        self.0.lock().insert(name.to_owned(), connection.clone());
    }

    /// Forgets a session, unless its client has begun another by the same name.
    pub fn remove(&self, name: &str, connection: &GatewayConnection) {
        let mut sessions = self.0.lock();
        if sessions
            .get(name)
            .is_some_and(|known| ptr::eq(&**known, connection))
        {
            sessions.remove(name);
        }
    }
}
