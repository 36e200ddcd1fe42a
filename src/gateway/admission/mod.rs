//! Who may come in.
//!
//! Every web page that a developer has open can reach this machine's ports. So before anything
//! else, a gateway looks at where a request comes from: at its `Origin`, which pages cannot forge,
//! and at its `Host`, which a website that points a name of its own at this machine cannot hide.
//! Programs say neither that they are pages; they have to sign, as with Pusher.
//!
//! Headers in, verdict out: nothing here knows a socket.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`rules`] | who may come in, and who is trusted with more |
//! | [`verdict`] | what is said of a request, and to who was turned away |
//! | [`caller`] | what a request says about who asks |
//! | [`origin`] | hosts and origins, as requests have them and as somebody has named them |

pub mod caller;
pub mod origin;
pub mod rules;
pub mod verdict;
