//! Presets of providers: what one calls each field, and the values that it documents. One TOML file each.

use serde::Deserialize;

/// A provider, as its documentation has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    /// Only where the name is a phrase.
    pub name_es: Option<String>,
    /// ISO 3166-1 alpha-2, where most of its customers are.
    pub country: Option<String>,
    #[serde(default)]
    pub calls: Calls,
    #[serde(default)]
    pub defaults: Defaults,
    pub notes: Notes,
    /// Where the values were read.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// The provider's own words for each field, in whatever language it has them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    pub username: Vec<String>,
    pub domain: Vec<String>,
    pub password: Vec<String>,
    pub ddi: Vec<String>,
    pub user: Vec<String>,
    pub register_server_uri: Vec<String>,
    pub realm: Vec<String>,
    pub expire: Vec<String>,
}

/// Values that are the same for each of its customers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    pub domain: String,
    pub register_server_uri: String,
    pub realm: String,
    /// Seconds.
    pub expire: Option<u32>,
}

/// What else somebody has to know, in each language.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    pub en: String,
    pub es: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    pub url: String,
    /// When it was read: `2026-11-25`.
    pub read: String,
}

impl Preset {
    /// Reads one file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_may_and_nothing_else() {
        let text = "name = \"A\"\n[calls]\nddi = [\"DID\"]\n[notes]\nen = \"x\"\nes = \"y\"\n";
        let preset = Preset::read(text).unwrap();
        assert_eq!((preset.name.as_str(), preset.calls.ddi.as_slice()), ("A", ["DID".to_owned()].as_slice()));
        assert_eq!(preset.defaults, Defaults::default());
        for wrong in ["name = \"A\"", "name = \"A\"\npassword = \"x\"\n[notes]\nen = \"x\"\nes = \"y\"\n"] {
            assert!(Preset::read(wrong).is_err(), "{wrong}");
        }
    }
}
