//! A user as text, as it was typed, and what is wrong with that.

use serde::Deserialize;

use crate::domain::operator::Role;
use crate::roster::UserError;
use crate::web::field::Choice;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::wording;

/// What the forms send. Missing fields are empty.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UserForm {
    pub name: String,
    pub role: String,
    pub password: String,
    pub again: String,
}

/// What is wrong with which field.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    /// What the form calls the name, unless it is a user's.
    pub name_label: Option<&'static str>,
    pub name: Option<String>,
    pub role: Option<String>,
    pub password: Option<String>,
}

impl Faults {
    /// For the summary: each field, its label and what is wrong.
    pub(crate) fn list(&self, page: &Page) -> Vec<(&'static str, String, String)> {
        let fields = [
            ("name", self.name_label.unwrap_or("users-name"), &self.name),
            ("role", "users-role", &self.role),
            ("password", "users-password", &self.password),
        ];
        fields.into_iter().filter_map(|(field, label, text)| Some((field, page.t(label), text.clone()?))).collect()
    }
}

/// The faults that an error tells of.
///
/// # Errors
/// When it tells of none.
pub(crate) fn faults(page: &Page, error: UserError, taken: &str) -> Result<Faults, Problem> {
    match error {
        UserError::Refused { name, password } => Ok(Faults {
            name_label: None,
            name: name.map(|fault| wording::fault(page.locale, &fault)),
            role: None,
            password: password.map(|fault| page.t(wording::password_fault(fault))),
        }),
        UserError::NameTaken => Ok(Faults { name: Some(page.t(taken)), ..Faults::default() }),
        UserError::LastAdministrator => {
            Ok(Faults { role: Some(page.t("users-last-administrator")), ..Faults::default() })
        }
        UserError::NotFound => Err(Problem::NotFound),
        UserError::Unavailable => Err(Problem::Unavailable),
    }
}

/// The roles to choose from.
pub(crate) fn roles(page: &Page, chosen: &str) -> Vec<Choice> {
    let choice = |role: Role| Choice {
        id: role.as_str().to_owned(),
        name: format!("{}: {}", page.t(wording::role(role)), page.t(wording::role_about(role))),
        chosen: role.as_str() == chosen,
    };
    Role::ALL.map(choice).into()
}

/// A title that says that something is wrong.
pub(crate) fn marked(page: &Page, title: &str) -> String {
    format!("{} {title}", page.t("error-title-prefix"))
}
