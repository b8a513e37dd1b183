//! Pages and API: the real program on ports and with a database of its own. HTTP in, SIP out.

mod life;
mod newcomer;
mod restart;
