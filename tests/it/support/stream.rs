//! A reader of server-sent events.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long an event may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// The events of a stream, as they come.
pub(crate) struct Stream(Receiver<(String, Value)>);

impl Stream {
    pub(crate) fn of(body: impl std::io::Read + Send + 'static) -> Self {
        let (events, receiver) = channel();
        thread::spawn(move || {
            let mut name = String::new();
            for line in BufReader::new(body).lines().map_while(Result::ok) {
                if let Some(event) = line.strip_prefix("event: ") {
                    event.clone_into(&mut name);
                } else if let Some(data) = line.strip_prefix("data: ") {
                    let value = serde_json::from_str(data).unwrap_or(Value::Null);
                    if events.send((name.clone(), value)).is_err() {
                        return;
                    }
                }
            }
        });
        Self(receiver)
    }

    /// The next event.
    #[track_caller]
    pub(crate) fn next(&self) -> (String, Value) {
        self.0.recv_timeout(LIMIT).expect("an event")
    }

    /// Reads on until an event of this name satisfies the condition.
    #[track_caller]
    pub(crate) fn until(&self, name: &str, condition: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (event, value) = self.next();
            if event == name && condition(&value) {
                return value;
            }
        }
    }

    /// Reads on until the stream ends.
    #[track_caller]
    pub(crate) fn ends(&self) {
        loop {
            match self.0.recv_timeout(LIMIT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => panic!("the stream goes on"),
            }
        }
    }
}
