//! The whole program on PostgreSQL.

use crate::support::{DATABASE_PASSWORD, Database, Home, PASSWORD, Provider, Stage, Visitor};

#[test]
fn the_program_runs_on_postgresql_and_comes_back_after_a_crash() {
    let database = Database::new();
    let home = Home::with(&[("ALTA_DATABASE_URL", &database.url), ("ALTA_LOG", "debug")]);
    let mut stage = Stage::at(home, Provider::new(&["961"]));
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    assert_eq!(visitor.get("/entries?sort=contract&q=961").all("tbody tr").len(), 1);
    assert!(!database.sql("SELECT encode(password, 'escape') FROM entries").contains(PASSWORD), "it is not sealed");
    let said = format!("{}\n{}", stage.program.printed(), stage.program.complaints());
    assert!(said.contains("database_url=") && !said.contains(DATABASE_PASSWORD), "{said}");
    let before = stage.provider.seen("961");
    let stage = stage.restart();
    assert_eq!(stage.api.get(&format!("/registrations/{id}/status")).text("state"), "registered");
    assert_eq!(stage.provider.seen("961"), before, "a living binding was refreshed at the start");
    let stage = stage.crash();
    stage.reaches(id, "registered");
    assert!(stage.provider.seen("961").cseqs.is_sorted_by(|a, b| a < b));
    let checked = stage.home.run(&["check"], "");
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(said.contains("ok     database and key") && !said.contains(DATABASE_PASSWORD), "{said}");
}

#[test]
fn a_postgresql_that_is_away_is_one_sentence_without_its_password() {
    let url = format!("postgres://alta:{DATABASE_PASSWORD}@%2Fnowhere/alta");
    let output = Home::with(&[("ALTA_DATABASE_URL", &url)]).run(&[], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the database cannot be opened") && said.contains("ALTA_DATABASE_URL"), "{said}");
    assert!(!said.contains(DATABASE_PASSWORD), "{said}");
}
