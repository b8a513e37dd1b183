//! Who asks, as the guard found out for everything behind it.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::problem::Problem;
use crate::domain::audit::Actor;
use crate::domain::operator::Operator;
use crate::i18n::{Locale, Zone};
use crate::roster::Roster;

/// Name of the cookie that remembers the language.
pub(crate) const LANGUAGE_COOKIE: &str = "alta-language";

/// Who asks, and in which language.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub operator: Option<Operator>,
    /// What a form of theirs has to carry.
    pub csrf: String,
    pub locale: Locale,
    pub zone: Zone,
    /// The same, or the program that bears a token, as the audit tells of them.
    pub actor: Actor,
}

/// The roster, which knows who asks: what is done through it is told of them in the audit.
pub(crate) struct Acting(Roster);

impl Deref for Acting {
    type Target = Roster;

    fn deref(&self) -> &Roster {
        &self.0
    }
}

impl FromRequest for Acting {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Who>().map(|who| who.actor.clone());
        let roster = request.app_data::<web::Data<Roster>>();
        let acting = roster.zip(actor).map(|(roster, actor)| Self(roster.acting(actor)));
        ready(acting.ok_or(Problem::Unavailable))
    }
}
