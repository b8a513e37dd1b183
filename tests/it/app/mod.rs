//! Pages and API: the real program on ports and with a database of its own. HTTP in, SIP out.

mod api;
mod audit;
mod bulk;
mod certificates;
mod command_line;
mod connections;
mod contracts;
mod exchanges;
mod forms;
mod guard;
mod history;
mod hostile;
mod keeping;
mod languages;
mod life;
mod list;
mod locating;
mod newcomer;
mod overview;
mod restart;
mod sign_in;
mod stream;
mod terms;
mod tokens;
mod transports;
mod users;
