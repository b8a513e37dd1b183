//! Users and API tokens as administrators keep them.

use std::net::IpAddr;

use super::password::{PasswordFault, check_new, matches};
use super::people::new_token;
use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::domain::entry::{Fault, bounded};
use crate::domain::operator::{Operator, OperatorId, OperatorName, PASSWORD_MAX, Person, Role, Token};
use crate::store::OperatorError;

impl From<Away> for OperatorError {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

/// Why no user or token was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserError {
    Refused {
        name: Option<Fault>,
        password: Option<PasswordFault>,
    },
    NameTaken,
    /// Somebody has to be an administrator.
    LastAdministrator,
    NotFound,
    Unavailable,
}

/// Why one's own password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// The present one is another.
    Wrong,
    /// Too many failures; seconds to wait.
    Wait(u64),
    Refused(PasswordFault),
    Unavailable,
}

impl From<OperatorError> for UserError {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::NameTaken => Self::NameTaken,
            OperatorError::LastAdministrator => Self::LastAdministrator,
            OperatorError::NotFound => Self::NotFound,
            OperatorError::NotFirst | OperatorError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Away> for UserError {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

fn name(text: &str) -> Result<OperatorName, UserError> {
    OperatorName::parse(text).map_err(|fault| UserError::Refused { name: Some(fault), password: None })
}

impl Roster {
    /// Everybody who may sign in, by name.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub async fn people(&self) -> Result<Vec<Person>, OperatorError> {
        self.ask(|store| store.people()).await?
    }

    /// Somebody, by number.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] or [`OperatorError::Unavailable`].
    pub async fn person(&self, id: OperatorId) -> Result<Person, OperatorError> {
        let people = self.people().await?;
        people.into_iter().find(|person| person.operator.id == id).ok_or(OperatorError::NotFound)
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn add_user(&self, name: &str, role: Role, password: String, again: &str) -> Result<Operator, UserError> {
        let (name, checked) = (OperatorName::parse(name), check_new(name, &password, again));
        let name = match (name, checked) {
            (Ok(name), Ok(())) => name,
            (name, password) => return Err(UserError::Refused { name: name.err(), password: password.err() }),
        };
        let hash = self.hashed_password(password).await?;
        Ok(self.ask(move |store| store.insert_operator(&name, role, &hash, wall_ms(), false)).await??)
    }

    /// Changes name and role of somebody. What the role allows counts from the next request on.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn update_user(&self, id: OperatorId, text: &str, role: Role) -> Result<(), UserError> {
        let name = name(text)?;
        Ok(self.ask(move |store| store.update_operator(id, &name, role)).await??)
    }

    /// Deletes somebody; their sessions end with them.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn delete_user(&self, id: OperatorId) -> Result<(), UserError> {
        Ok(self.ask(move |store| store.delete_operator(id)).await??)
    }

    /// Gives somebody another password; all their sessions end.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn reset_password(&self, id: OperatorId, password: String, again: &str) -> Result<(), UserError> {
        let person = self.person(id).await?;
        check_new(person.operator.name.as_str(), &password, again)
            .map_err(|fault| UserError::Refused { name: None, password: Some(fault) })?;
        let hash = self.hashed_password(password).await?;
        Ok(self.ask(move |store| store.set_password(id, &hash, None)).await??)
    }

    /// Changes one's own password, which is asked for once more; all other sessions end.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn change_password(
        &self,
        operator: &Operator,
        current: String,
        password: String,
        again: &str,
        keep: Option<String>,
        from: IpAddr,
    ) -> Result<(), PasswordError> {
        self.confirm_password(operator, current, from).await?;
        check_new(operator.name.as_str(), &password, again).map_err(PasswordError::Refused)?;
        let hash = self.hashed_password(password).await.map_err(|Away| PasswordError::Unavailable)?;
        let id = operator.id;
        let change = self.ask(move |store| store.set_password(id, &hash, keep.as_deref()));
        change.await.map_err(|Away| PasswordError::Unavailable)?.map_err(|_| PasswordError::Unavailable)
    }

    /// Whether this is the password of somebody who is signed in; failures cost a wait, as at the sign-in.
    ///
    /// # Errors
    /// [`PasswordError::Wrong`], [`PasswordError::Wait`] or [`PasswordError::Unavailable`].
    pub async fn confirm_password(
        &self,
        operator: &Operator,
        password: String,
        from: IpAddr,
    ) -> Result<(), PasswordError> {
        let account = operator.name.to_string();
        match self.throttle.wait(self.clock.ms(), &account, from) {
            0 => {}
            seconds => return Err(PasswordError::Wait(seconds)),
        }
        let id = operator.id;
        let hash = self.ask(move |store| store.password(id)).await.map_err(|Away| PasswordError::Unavailable)?;
        let hash = hash.map_err(|_| PasswordError::Unavailable)?;
        let fits = password.chars().count() <= PASSWORD_MAX;
        let right = self.hashing(move || fits && matches(&password, &hash)).await;
        if right.map_err(|Away| PasswordError::Unavailable)? {
            self.throttle.succeeded(&account, from);
            return Ok(());
        }
        self.throttle.failed(self.clock.ms(), &account, from);
        Err(PasswordError::Wrong)
    }

    /// Remembers the time zone that somebody chose; none is the browser's.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub async fn set_zone(&self, id: OperatorId, zone: Option<String>) -> Result<(), OperatorError> {
        self.ask(move |store| store.set_zone(id, zone.as_deref())).await?
    }

    /// All API tokens, by name.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub async fn tokens(&self) -> Result<Vec<Token>, OperatorError> {
        self.ask(|store| store.tokens()).await?
    }

    /// Adds an API token that ends after so many days, or never; the token itself, which nobody can read again.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn add_token(&self, text: &str, role: Role, days: Option<u32>) -> Result<String, UserError> {
        let name = bounded(text, 64).map_err(|fault| UserError::Refused { name: Some(fault), password: None })?;
        let name = name.to_owned();
        let (token, hash) = new_token().map_err(|_| UserError::Unavailable)?;
        let now = wall_ms();
        let expires = days.map(|days| now + i64::from(days) * 86_400_000);
        self.ask(move |store| store.insert_token(&name, role, &hash, now, expires)).await??;
        Ok(token)
    }

    /// Revokes an API token.
    ///
    /// # Errors
    /// See [`UserError`].
    pub async fn revoke_token(&self, id: i64) -> Result<(), UserError> {
        Ok(self.ask(move |store| store.delete_token(id)).await??)
    }
}
