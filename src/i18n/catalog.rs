//! Messages by id, embedded in the program.

use std::sync::LazyLock;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Locale;
use super::format::number;

macro_rules! files {
    ($language:literal) => {
        [
            include_str!(concat!("../../locales/", $language, "/common.ftl")),
            include_str!(concat!("../../locales/", $language, "/people.ftl")),
            include_str!(concat!("../../locales/", $language, "/entries.ftl")),
            include_str!(concat!("../../locales/", $language, "/list.ftl")),
            include_str!(concat!("../../locales/", $language, "/jobs.ftl")),
            include_str!(concat!("../../locales/", $language, "/overview.ftl")),
            include_str!(concat!("../../locales/", $language, "/history.ftl")),
            include_str!(concat!("../../locales/", $language, "/trials.ftl")),
            include_str!(concat!("../../locales/", $language, "/contracts.ftl")),
            include_str!(concat!("../../locales/", $language, "/status.ftl")),
            include_str!(concat!("../../locales/", $language, "/causes.ftl")),
            include_str!(concat!("../../locales/", $language, "/errors.ftl")),
            include_str!(concat!("../../locales/", $language, "/audit.ftl")),
            include_str!(concat!("../../locales/", $language, "/users.ftl")),
        ]
    };
}

const FILES: usize = 14;
const EN: [&str; FILES] = files!("en");
const ES: [&str; FILES] = files!("es");

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| [bundle(Locale::En), bundle(Locale::Es)]);

fn files(locale: Locale) -> [&'static str; FILES] {
    match locale {
        Locale::En => EN,
        Locale::Es => ES,
    }
}

fn bundle(locale: Locale) -> Bundle {
    let language: LanguageIdentifier = locale.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks would stand inside attributes and addresses; both languages run the same way anyhow.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match locale {
        Locale::En => |value, _| written(Locale::En, value),
        Locale::Es => |value, _| written(Locale::Es, value),
    }));
    for file in files(locale) {
        // What does not parse is left out, and a test finds it missing.
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A number as the language writes it.
#[allow(clippy::cast_possible_truncation, reason = "what is counted is whole, and far below 2^53")]
fn written(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    if let FluentValue::Number(n) = value { Some(number(locale, n.value as i64)) } else { None }
}

/// A value that a message shows.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Text(&'a str),
    /// Chooses a plural, too.
    Number(i64),
}

/// The message with this id. An id that does not exist is shown itself; a test finds it.
pub fn text(locale: Locale, id: &str, values: &[(&str, Value<'_>)]) -> String {
    let bundle = match locale {
        Locale::En => &BUNDLES[0],
        Locale::Es => &BUNDLES[1],
    };
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        tracing::error!(id, "a message is missing");
        return id.to_owned();
    };
    let mut args = FluentArgs::with_capacity(values.len());
    for (name, value) in values {
        match value {
            Value::Text(text) => args.set(*name, FluentValue::from(*text)),
            Value::Number(number) => args.set(*name, FluentValue::from(*number)),
        }
    }
    bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

/// Every message id of a language, for tests.
pub fn ids(locale: Locale) -> Vec<&'static str> {
    let lines = files(locale).into_iter().flat_map(str::lines);
    lines
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split(" =").next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things_and_every_one_parses() {
        assert_eq!(ids(Locale::En), ids(Locale::Es));
        let mut seen = std::collections::HashSet::new();
        for id in ids(Locale::En) {
            assert!(seen.insert(id), "twice: {id}");
            for locale in Locale::ALL {
                assert_ne!(text(locale, id, &[]), id, "{id} in {}", locale.code());
            }
        }
        for locale in Locale::ALL {
            for file in files(locale) {
                assert!(FluentResource::try_new(file.to_owned()).is_ok(), "{}", &file[..60]);
            }
        }
    }

    #[test]
    fn plurals_and_values() {
        let say = |locale, n| text(locale, "error-summary-title", &[("count", Value::Number(n))]);
        assert_eq!(say(Locale::En, 1), "There is one thing to correct");
        assert_eq!(say(Locale::Es, 3), "Hay 3 datos que corregir");
        assert_eq!(say(Locale::En, 10_000), "There are 10,000 things to correct");
        assert_eq!(say(Locale::Es, 10_000), "Hay 10.000 datos que corregir");
        assert_eq!(text(Locale::Es, "update-title", &[("name", Value::Text("a@b"))]), "Editar a@b");
    }
}
