//! Whether the program lives, and whether it can work.

use actix_web::HttpResponse;
use serde_json::json;

use super::who::Acting;

/// It lives.
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// It can work: database and engine answer.
pub(crate) async fn ready(roster: Acting) -> HttpResponse {
    let health = roster.health().await;
    let word = |works: bool| if works { "ok" } else { "away" };
    let body = json!({ "status": word(health.database && health.engine), "database": word(health.database), "engine": word(health.engine) });
    if health.database && health.engine {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}
