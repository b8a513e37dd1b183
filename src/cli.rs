//! The command line. The only place that prints.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::{self, Announcement};
use crate::config::{Config, SETTINGS};
use crate::domain::operator::Role;
use crate::i18n::{self, Locale};
use crate::roster::{PeopleError, add_operator, add_token};
use crate::web::wording;

/// Keeps the SIP registrations of a VoIP platform alive at its providers, and says why when one is not.
#[derive(Debug, Parser)]
#[command(version, after_help = after_help())]
struct Arguments {
    /// Settings file; alta.toml in this directory when not given and there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and keep the registrations alive (this is what happens without a command).
    Serve,
    /// The same in a throw-away data directory, with the demo provider's three entries.
    Demo,
    /// People who may sign in.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Tokens for the API.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Look at settings, database, key and ports, and say what is wrong and how to mend it. Changes nothing.
    Check,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add somebody; the password (12 characters or more) comes on standard input.
    Add {
        name: String,
        /// administrator, manager or viewer
        #[arg(long)]
        role: Role,
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Add a token and print it, once: only its hash is stored.
    Add {
        name: String,
        /// administrator, manager or viewer
        #[arg(long)]
        role: Role,
    },
}

fn after_help() -> String {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.env).collect();
    format!("Settings come from alta.toml and from the environment: {}.", names.join(", "))
}

/// Runs what the arguments say.
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            say_wrong(&format!("alta: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(arguments.config.as_deref())?;
    let filter = EnvFilter::try_new(&config.log)?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let shown: Vec<String> = config.shown().iter().map(|(key, value)| format!("{key}={value}")).collect();
            say(&format!("settings: {}", shown.join(" ")));
            app::serve(&config, false, announce)?;
        }
        Command::Demo => demo(&mut config)?,
        Command::User { command: UserCommand::Add { name, role, password_stdin: _ } } => {
            let mut password = String::new();
            std::io::stdin().take(4096).read_to_string(&mut password)?;
            let store = app::open_store(&config)?;
            let password = password.trim_end_matches(['\r', '\n']);
            let operator = add_operator(&store, &name, role, password).map_err(people_sentence)?;
            say(&format!("{} may sign in as {}.", operator.name, operator.role));
        }
        Command::Token { command: TokenCommand::Add { name, role } } => {
            let store = app::open_store(&config)?;
            say(&add_token(&store, &name, role).map_err(people_sentence)?);
        }
        Command::Check => return Ok(check(&config)),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is wrong with a person or a token, in the words of the forms.
fn people_sentence(error: PeopleError) -> anyhow::Error {
    match error {
        PeopleError::Name(fault) => {
            anyhow::anyhow!("The name is not allowed. {}", wording::fault(Locale::default(), &fault))
        }
        PeopleError::Password(fault) => {
            anyhow::anyhow!(
                "The password is not allowed. {}",
                i18n::text(Locale::default(), wording::password_fault(fault), &[])
            )
        }
        PeopleError::Store(_) | PeopleError::Entropy => error.into(),
    }
}

/// Serves in a folder of its own that goes when it ends.
fn demo(config: &mut Config) -> anyhow::Result<()> {
    let name: String = crate::entropy::bytes::<8>()?.iter().map(|b| format!("{b:02x}")).collect();
    let folder = std::env::temp_dir().join(format!("alta-demo-{name}"));
    config.database_url = folder.join("alta.db").display().to_string();
    config.key_file = folder.join("alta.key");
    config.data_dir.clone_from(&folder);
    let served = app::serve(config, true, announce);
    // The folder is ours alone, by its random name.
    let _ = std::fs::remove_dir_all(&folder);
    served
}

fn announce(announcement: &Announcement) {
    say(&format!("http: http://{}", announcement.http));
    for (transport, address) in &announcement.sip {
        say(&format!("sip: {} {address}", transport.as_str()));
    }
    if let Some(link) = &announcement.setup {
        say(&format!("setup: {link}"));
    }
}

fn check(config: &Config) -> ExitCode {
    let findings = app::check(config);
    for finding in &findings {
        match &finding.wrong {
            None => say(&format!("ok     {}", finding.about)),
            Some(why) => say(&format!("wrong  {}: {why}", finding.about)),
        }
    }
    if findings.iter().all(|finding| finding.wrong.is_none()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line on standard output, at once: whoever started us may wait for it. Nobody reading it is no fault.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

fn say_wrong(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
