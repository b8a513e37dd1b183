//! The protocol in virtual time: the user agent and its pace against scripted registrars.

mod cast;
mod causes;
mod crowd;
mod failover;
mod hostile;
mod keep;
mod life;
mod mangled;
mod network;
mod random;
mod terms;
mod transcript;
mod trials;
mod watch;
mod world;
