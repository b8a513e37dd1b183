//! Presets of providers, as they were built in.

use std::sync::OnceLock;

use rust_embed::RustEmbed;

use crate::exchange::preset::Preset;

#[derive(RustEmbed)]
#[folder = "contrib/presets/"]
struct Files;

/// Every preset with the name of its file: those that are for any provider first, then by name. One that cannot be read
/// is left out; a test reads them all.
pub fn presets() -> &'static [(String, Preset)] {
    static ALL: OnceLock<Vec<(String, Preset)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |file: std::borrow::Cow<'static, str>| {
            let text = String::from_utf8(Files::get(&file)?.data.into_owned()).ok()?;
            Some((file.strip_suffix(".toml")?.to_owned(), Preset::read(&text).ok()?))
        };
        let mut all: Vec<(String, Preset)> = Files::iter().filter_map(read).collect();
        all.sort_by_key(|(_, preset)| (!preset.sources.is_empty(), preset.name.to_lowercase()));
        all
    })
}

/// The preset of a file.
pub fn preset(name: &str) -> Option<&'static Preset> {
    presets().iter().find(|(file, _)| file == name).map(|(_, preset)| preset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_says_where_its_values_are_from() {
        assert_eq!(presets().len(), Files::iter().count(), "one of them cannot be read");
        assert!(presets()[0].0 == "generic" && preset("nobody").is_none());
        for (file, preset) in presets() {
            assert!(file.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{file}");
            assert!(!preset.notes.en.is_empty() && !preset.notes.es.is_empty(), "{file}");
            assert!(file == "generic" || !preset.sources.is_empty(), "{file} has no source");
            assert!(preset.country.iter().all(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())));
            for source in &preset.sources {
                let date: Vec<&str> = source.read.split('-').collect();
                assert!(source.url.starts_with("https://") && !source.title.is_empty() && date.len() == 3, "{file}");
            }
        }
    }
}
