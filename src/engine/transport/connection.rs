//! One connection, as a task of its own: opened, read, written, kept alive, and over when it is broken or idle.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arcstr::ArcStr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;

use super::framing::{Broken, Frame, Framer};
use super::news::{FlowId, FlowNews};
use super::tcp::Accepted;
use super::{tcp, tls};
use crate::sip::wire::MAX_MESSAGE;
use crate::sip::{TlsFault, Unsent};

/// How long connecting and shaking hands may take, and writing one message.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a message that has begun may take to arrive.
const SLOW: Duration = Duration::from_secs(30);
/// An empty line now and then keeps routers on the way from forgetting the connection (RFC 5626 §3.5.1).
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Keep-alives in a row after which a connection that carries no message is closed.
const IDLE_MOST: u32 = 10;
/// How long a keep-alive over a connection that bindings depend on may stay unanswered (RFC 5626 §4.4.1).
const PONG: Duration = Duration::from_secs(10);
/// How long what has come is still read when nothing can be written any more.
const LAST_WORDS: Duration = Duration::from_secs(1);
const CHUNK: usize = 16 * 1024;

/// How a connection is opened.
pub(super) enum Opening {
    Tcp,
    /// With the name that the certificate has to be for.
    Tls(TlsConnector, ArcStr),
}

/// What is to be written to a connection.
pub(super) struct Outlet {
    pub messages: mpsc::Receiver<Arc<[u8]>>,
    /// How often it is kept alive while bindings depend on it; until then it may be closed when idle.
    pub keeping: watch::Receiver<Option<Duration>>,
}

/// Why a connection is over; nothing when it was idle.
type Over = Option<(Unsent, Option<String>)>;

/// Opens a connection and serves it until it is over.
pub(super) async fn open(id: FlowId, opening: Opening, outlet: Outlet, news: mpsc::Sender<FlowNews>) {
    let over = match timeout(PATIENCE, tcp::connect(id.flow.target.address, id.flow.local)).await {
        Err(_) => Some((Unsent::NoAnswer, None)),
        Ok(Err(error)) => Some((tcp::why(&error), None)),
        Ok(Ok(stream)) => {
            send_at_once(&stream);
            match opening {
                Opening::Tcp => serve(&id, stream, outlet, &news).await,
                Opening::Tls(connector, name) => match shake(&connector, &name, stream).await {
                    Ok(stream) => serve(&id, stream, outlet, &news).await,
                    Err(why) => Some(why),
                },
            }
        }
    };
    // The loop has ended: nobody wants to know any more.
    let _ = news.send(FlowNews::Down(id, over)).await;
}

async fn shake(
    connector: &TlsConnector,
    name: &str,
    stream: TcpStream,
) -> Result<impl AsyncRead + AsyncWrite + use<>, (Unsent, Option<String>)> {
    let name = tls::server_name(name).ok_or((Unsent::Tls(TlsFault::Name), None))?;
    match timeout(PATIENCE, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(tls::why(&error)),
        Err(_) => Err((Unsent::Tls(TlsFault::Failed), None)),
    }
}

/// Serves a connection that somebody opened to our port.
pub(super) async fn take(id: FlowId, accepted: Accepted, outlet: Outlet, news: mpsc::Sender<FlowNews>) {
    send_at_once(&accepted.stream);
    match accepted.acceptor {
        None => serve(&id, accepted.stream, outlet, &news).await,
        Some(acceptor) => match timeout(PATIENCE, acceptor.accept(accepted.stream)).await {
            Ok(Ok(stream)) => serve(&id, stream, outlet, &news).await,
            Ok(Err(_)) | Err(_) => None,
        },
    };
    // Nobody here waits for what others send.
    let _ = news.send(FlowNews::Down(id, None)).await;
}

/// Many small messages share it: none waits for the acknowledgement of the one before.
fn send_at_once(stream: &TcpStream) {
    // Without it they are only slower.
    let _ = stream.set_nodelay(true);
}

async fn serve(
    id: &FlowId,
    stream: impl AsyncRead + AsyncWrite,
    outlet: Outlet,
    news: &mpsc::Sender<FlowNews>,
) -> Over {
    if news.send(FlowNews::Up(id.clone())).await.is_err() {
        return None;
    }
    let (reader, writer) = tokio::io::split(stream);
    let (pings, wanted) = mpsc::channel(4);
    let reads = AtomicU64::new(0);
    let mut read = pin!(read(id, reader, news, pings, &reads));
    // Whoever is over first ends the other: a connection that can only be read or only be written is none.
    let over = tokio::select! {
        biased;
        over = &mut read => return over,
        over = write(writer, outlet, wanted, &reads) => over?,
    };
    // What the other side said before it closed tells more than that nothing can be written to it.
    timeout(LAST_WORDS, read).await.unwrap_or(Some(over))
}

async fn read(
    id: &FlowId,
    mut reader: ReadHalf<impl AsyncRead>,
    news: &mpsc::Sender<FlowNews>,
    pings: mpsc::Sender<()>,
    reads: &AtomicU64,
) -> Over {
    let mut framer = Framer::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        let frame = match framer.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) if framer.is_partial() => match timeout(SLOW, rest(&mut reader, &mut chunk, &mut framer)).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(over)) => return Some(over),
                Err(_) => return Some((Unsent::NoAnswer, None)),
            },
            Ok(None) => match fill(&mut reader, &mut chunk, &mut framer).await {
                Ok(()) => {
                    reads.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Err(over) => return Some(over),
            },
            Err(broken) => return Some((Unsent::Unframed, Some(said_of(broken)))),
        };
        match frame {
            Frame::Message(bytes) => {
                if news.send(FlowNews::Message(id.clone(), bytes)).await.is_err() {
                    return None;
                }
            }
            // More pings than are answered are a flood.
            Frame::Ping => drop(pings.try_send(())),
        }
    }
}

/// Waits for bytes.
async fn fill(
    reader: &mut ReadHalf<impl AsyncRead>,
    chunk: &mut [u8],
    framer: &mut Framer,
) -> Result<(), (Unsent, Option<String>)> {
    match reader.read(chunk).await {
        Ok(0) => Err((Unsent::Refused, None)),
        Ok(length) => {
            framer.push(&chunk[..length]);
            Ok(())
        }
        Err(error) => Err(why(&error)),
    }
}

/// Waits for what is missing of a message that has begun.
async fn rest(
    reader: &mut ReadHalf<impl AsyncRead>,
    chunk: &mut [u8],
    framer: &mut Framer,
) -> Result<Frame, (Unsent, Option<String>)> {
    loop {
        fill(reader, chunk, framer).await?;
        match framer.next_frame() {
            Ok(Some(frame)) => return Ok(frame),
            Ok(None) => {}
            Err(broken) => return Err((Unsent::Unframed, Some(said_of(broken)))),
        }
    }
}

/// What is wrong with a stream, in the words of the protocol.
fn said_of(broken: Broken) -> String {
    match broken {
        Broken::NoLength => "Content-Length".to_owned(),
        Broken::TooLong => format!("> {MAX_MESSAGE}"),
    }
}

/// Why a connection broke: TLS has words of its own for that.
fn why(error: &io::Error) -> (Unsent, Option<String>) {
    if tls::is_alert(error) { tls::why(error) } else { (tcp::why(error), None) }
}

async fn write(
    mut writer: WriteHalf<impl AsyncWrite>,
    Outlet { mut messages, mut keeping }: Outlet,
    mut pings: mpsc::Receiver<()>,
    reads: &AtomicU64,
) -> Over {
    let mut idle = 0;
    // A keep-alive that waits for its answer: until when, and what had been read before.
    let mut asked: Option<(Pin<Box<Sleep>>, u64)> = None;
    loop {
        let kept = *keeping.borrow_and_update();
        let bytes = tokio::select! {
            message = messages.recv() => match message {
                Some(message) => {
                    idle = 0;
                    message
                }
                None => return None,
            },
            Some(()) = pings.recv() => b"\r\n".as_slice().into(),
            Ok(()) = keeping.changed() => continue,
            before = unanswered(&mut asked) => {
                asked = None;
                if reads.load(Ordering::Relaxed) == before {
                    return Some((Unsent::NoAnswer, None));
                }
                continue;
            }
            () = sleep(kept.unwrap_or(KEEP_ALIVE)) => {
                idle += 1;
                if kept.is_some() {
                    asked.get_or_insert_with(|| (Box::pin(sleep(PONG)), reads.load(Ordering::Relaxed)));
                } else if idle >= IDLE_MOST {
                    let _ = timeout(PATIENCE, writer.shutdown()).await;
                    return None;
                }
                b"\r\n\r\n".as_slice().into()
            }
        };
        let written = timeout(PATIENCE, async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Some(why(&error)),
            Err(_) => return Some((Unsent::NoAnswer, None)),
        }
    }
}

/// Waits until a keep-alive should have been answered; gives back what had been read before it.
async fn unanswered(asked: &mut Option<(Pin<Box<Sleep>>, u64)>) -> u64 {
    match asked {
        Some((until, before)) => {
            until.await;
            *before
        }
        None => std::future::pending().await,
    }
}
