//! # Alta
//!
//! Keeps the SIP registrations of a VoIP platform alive at its providers, and says why when one is not.
//!
//! This page is the map. Each room may look only into those below it; `tests/house.rs` has the exact list.
//!
//! - [`cli`]: the command line, and the only place that prints.
//! - [`app`]: what is started in which order, and stopped in the other.
//! - [`config`]: settings, and the only place that reads their file and the environment.
//! - [`web`]: pages, JSON API and the stream of statuses; [`web::TABLE`] is the whole URL table. Knows no SQL and no SIP.
//! - [`i18n`]: languages: which one, what is said in it, how numbers and times are written.
//! - [`roster`]: what may be done, the one waist between those who ask and those who do. Store first, engine second.
//! - [`demo`]: the demo provider, a registrar inside the program; the simulation uses the same one.
//! - [`engine`]: the shell around the user agent: pace, sockets, names, and the thread that they run on.
//! - [`exchange`]: formats that entries travel in to and from other programs, presets of providers among them. Pure.
//! - [`store`]: the database, SQLite or PostgreSQL; passwords sealed.
//! - [`sip`]: the registering user agent, pure: bytes, answers and times in, bytes, questions and events out.
//! - [`domain`]: what Alta talks about, true by construction. Knows nobody.
//! - [`clock`] and [`entropy`]: the only doors to time and to chance.
//!
//! # How one change travels
//!
//! Down: a form, or a JSON object, is text until one parser in [`web`] makes a [`Draft`](domain::entry::Draft) of it.
//! [`Roster::create`](roster::Roster::create) stores it, where unique indexes have the last word, and hands the
//! engine a [`Put`](engine::Put). The [`driver`](engine::driver) waits for one thing at a time, on a thread of its
//! own, and gives it to the [`Agent`](engine::agent::Agent): [`Pace`](engine::pace::Pace) says when,
//! the [`Uac`](sip::Uac) says what. A REGISTER leaves through [`engine::transport`].
//!
//! Up: what comes in is read by [`sip::scan`], finds its registration by the branch, and becomes an
//! [`Outcome`](sip::outcome::Outcome). The [`Registration`](sip::registration::Registration) decides what that means
//! and when to go on; [`sip::view`] derives the state that is shown. The
//! [`Publisher`](engine::publisher::Publisher) hands it to the [`Board`](engine::Board), which the pages read and whose
//! changes they stream. What a restart needs goes to [`roster::keep`], which writes it
//! behind, in batches.
//!
//! The list is answered from memory: [`Catalog`](roster::Catalog) holds what is searched and sorted by of every entry,
//! columns in order and pieces of text by where they may be, and asks the board who is in which state, and whose next
//! action is when, which the [`Agenda`](engine::Agenda) keeps in order while somebody asks: nearly any page costs what it
//! shows, not what is stored, and a search that finds thousands is not counted to its end. What is done to many entries
//! at once is a [`Job`](roster::Job). An account that is tried out is a registration of its own, without an entry, that
//! undoes what it registers: a [`Trial`](roster::Trial).
//!
//! The database holds what is wanted, the engine what is the case: a status is never read from a table. Rooms speak
//! enums, and only [`web`] has sentences for them.
//!
//! # What stands behind which door
//!
//! | library | door | why |
//! |---|---|---|
//! | actix-web, actix-session, askama | [`web`] | sessions lie in our own database, so that they can be ended there |
//! | fluent | [`i18n`] | plurals, and a message that is missing in one language is found by a test |
//! | diesel | [`store`] | one connection type for both databases, and SQL that is checked when it is compiled |
//! | chacha20poly1305 | [`store`] | random nonces of 24 bytes need no counter that a backup could turn back |
//! | argon2 | [`roster`] | |
//! | totp-rs | [`roster`] | says of which step a code is, so that each is taken once |
//! | qrcode | [`web`] | draws as SVG, without an image library |
//! | jiff | [`i18n`] | brings the tz database with it: times do not depend on the machine's own |
//! | socket2, nix, tokio's sockets | [`engine::transport`] | datagrams travel by the handful, and ICMP errors are read from the socket's error queue, which says whom they are about; nix also tells [`app`] whether a folder can be written |
//! | rustls, on ring | [`engine::transport`] | builds with a C compiler alone |
//! | hickory | [`engine::resolver`] | NAPTR and SRV, which the system's resolver does not ask for; what is true for how long is kept by [`sip::names`] |
//! | rsip | [`sip`] | builds answers to what comes unasked; the wire is read by [`sip::scan`], since rsip refuses much of what providers send |
//! | md-5, sha2 | [`sip::hash`] | sha2 also hashes tokens, sessions and derived keys |
//! | clap | [`cli`] | |
//! | toml | [`config`], [`exchange`] | |
//! | rust-embed | [`web`], [`roster`] | scripts, styles and presets travel inside the program |
//! | mimalloc | `main` | half of what a registration cost was spent in the system's allocator |
//! | rustc-hash | [`engine`], [`domain`], [`sip`] | tables whose keys are our own numbers, or places in memory |
//! | foldhash, hashbrown | [`sip`], [`engine`] | tables whose keys outsiders choose, hashed with a seed of this process's own |
//! | compact_str, arcstr, thin-vec | [`domain`], [`sip`], [`engine`] | of a million entries each text and each empty list counts: short ones stand in place, and what several hold is one word for each |
//! | roaring | [`domain::set`] | who is in which state, or of which contract: a bit of each entry at most |
//! | fixedbitset | [`roster`] | a bit for each row of the list, so that a walk through a million passes over those who do not fit |
//! | smallvec | [`sip::scan`] | the headers of a message are listed without asking for memory |
//! | getrandom | [`entropy`] | the user agent is seeded from it and draws from its own generator, so that a test can be repeated |

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod entropy;
pub mod exchange;
pub mod i18n;
pub mod roster;
pub mod sip;
pub mod store;
pub mod web;
