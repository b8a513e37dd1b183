//! Entries and contracts: stored whole, refused by name, damaged ones spared.

use alta::domain::contract::{ContractDraft, ContractError, ContractField, ContractId, Orphans};
use alta::domain::entry::{AuthUser, Ddi, Domain, EntryError, EntryId, Expire, Fault, Field, Realm, Username};
use alta::domain::terms::Terms;

use super::{Base, all_of, contract, contract_draft, draft};

on_both! {
    an_entry_comes_back_as_it_was_stored,
    an_edit_keeps_the_password_unless_there_is_a_new_one,
    a_unique_value_names_the_entry_that_has_it,
    ten_thousand_are_stored_at_once_or_none,
    a_number_is_never_given_again,
    a_damaged_row_names_itself_and_spares_the_rest,
    contracts_count_their_entries_and_let_them_go,
    entries_come_with_the_terms_of_their_contract,
}

fn an_entry_comes_back_as_it_was_stored(base: &Base) {
    let store = base.open();
    let mut full = draft(1);
    full.details.contract = Some(contract(&store, "one"));
    full.details.user = Some(AuthUser::parse("us@er").unwrap());
    full.details.register_server_uri = Some("sip:[2001:db8::1]:5070;transport=udp".parse().unwrap());
    full.details.realm = Some(Realm::parse("ñ \"quoted\" \\ réalm").unwrap());
    full.details.username = Username::parse("'; DROP TABLE entries; --").unwrap();
    full.details.expire = Expire::new(86_400).unwrap();
    full.details.enabled = false;
    let loaded = store.insert(&[full.clone(), draft(2)], 1).unwrap();
    assert_eq!(loaded[0].entry.details, full.details);
    assert_eq!(store.find(loaded[0].entry.id).unwrap().details, full.details);
    let all = all_of(&store);
    assert_eq!((all.entries.len(), all.corrupt.len()), (2, 0));
    assert_eq!((&all.entries[0].entry, &all.entries[0].password), (&loaded[0].entry, full.password.as_ref().unwrap()));
    assert_ne!(all.entries[0].checkpoint.call_id, all.entries[1].checkpoint.call_id);
    assert_eq!(all.entries[0].checkpoint.call_id, loaded[0].checkpoint.call_id);
    assert_eq!(store.find_many(&[EntryId(2), EntryId(9), EntryId(1)]).unwrap().len(), 2);
    assert!(store.has_domain("sip.example").unwrap() && !store.has_domain("other.example").unwrap());
    store.delete(EntryId(1)).unwrap();
    assert_eq!(store.find(EntryId(1)), Err(EntryError::NotFound));
    assert_eq!(store.delete(EntryId(1)), Err(EntryError::NotFound));
}

fn an_edit_keeps_the_password_unless_there_is_a_new_one(base: &Base) {
    let store = base.open();
    let id = store.insert(&[draft(1)], 1).unwrap()[0].entry.id;
    let mut change = draft(2);
    change.password = None;
    let loaded = store.update(id, &change, 2).unwrap();
    assert_eq!((loaded.password.reveal(), &loaded.entry.details), ("password 1", &change.details));
    assert_eq!(store.update(id, &draft(3), 3).unwrap().password.reveal(), "password 3");
    assert!(matches!(store.update(EntryId(9), &draft(9), 3), Err(EntryError::NotFound)));
}

fn a_unique_value_names_the_entry_that_has_it(base: &Base) {
    let store = base.open();
    store.insert(&[draft(1), draft(2)], 1).unwrap();
    let taken = |id, name: &str| Fault::Taken { by: Some(EntryId(id)), name: name.to_owned() };
    let mut double = draft(3);
    double.details.ddi = Ddi::parse("34000001").unwrap();
    double.details.username = Username::parse("u2").unwrap();
    double.details.contract = Some(ContractId(77));
    let faults = vec![
        (0, Field::Username, taken(2, "u2@sip.example")),
        (0, Field::Ddi, taken(1, "u1@sip.example")),
        (0, Field::Contract, Fault::NoSuchContract),
    ];
    assert_eq!(store.insert(&[double.clone()], 1).unwrap_err(), EntryError::Refused(faults));
    double.details.contract = None;
    double.details.username = Username::parse("u3").unwrap();
    let faults = vec![(0, Field::Ddi, taken(1, "u1@sip.example"))];
    assert_eq!(store.update(EntryId(2), &double, 1).unwrap_err(), EntryError::Refused(faults));
    assert_eq!(store.find(EntryId(2)).unwrap().details, draft(2).details, "half of it was stored");
    double.details.ddi = Ddi::parse("34000003").unwrap();
    double.details.username = Username::parse("u1").unwrap();
    double.details.domain = Domain::parse("other.example").unwrap();
    assert!(store.insert(&[double], 1).is_ok(), "the same name at another domain is another account");
}

fn ten_thousand_are_stored_at_once_or_none(base: &Base) {
    let store = base.open();
    let mut many: Vec<_> = (0..10_000).map(draft).collect();
    many[9_999] = draft(5);
    let EntryError::Refused(faults) = store.insert(&many, 1).unwrap_err() else { panic!("not refused") };
    assert_eq!(
        faults.iter().map(|(index, field, _)| (*index, *field)).collect::<Vec<_>>(),
        [(9_999, Field::Username), (9_999, Field::Ddi)]
    );
    assert!(all_of(&store).entries.is_empty());
    many[9_999] = draft(9_999);
    assert_eq!(store.insert(&many, 1).unwrap().len(), 10_000);
    let ids: Vec<EntryId> = all_of(&store).entries.iter().map(|loaded| loaded.entry.id).collect();
    assert_eq!(ids.len(), 10_000);
    assert_eq!(store.find_many(&ids).unwrap().len(), 10_000);
}

fn a_number_is_never_given_again(base: &Base) {
    let store = base.open();
    let first = store.insert(&[draft(1)], 1).unwrap()[0].entry.id;
    store.delete(first).unwrap();
    let second = base.open().insert(&[draft(1)], 1).unwrap()[0].entry.id;
    assert!(second > first, "{second} after {first}");
}

fn a_damaged_row_names_itself_and_spares_the_rest(base: &Base) {
    let store = base.open();
    store.insert(&[draft(1), draft(2), draft(3), draft(4)], 1).unwrap();
    base.sql("UPDATE entries SET expire = 7 WHERE id = 2");
    let zero = if base.database.is_some() { "'\\x00'" } else { "x'00'" };
    base.sql(&format!("UPDATE entries SET password = {zero} WHERE id = 3"));
    let loaded = all_of(&store);
    assert_eq!(loaded.corrupt, [EntryId(2), EntryId(3)]);
    assert_eq!(loaded.entries.iter().map(|l| l.entry.id.0).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(store.find(EntryId(2)), Err(EntryError::Corrupt(EntryId(2))));
    let loaded = all_of(&store);
    assert_eq!((loaded.corrupt, loaded.entries.len()), (vec![EntryId(2), EntryId(3)], 2));
    let mut kept = draft(3);
    kept.password = None;
    assert!(matches!(store.update(EntryId(3), &kept, 2), Err(EntryError::Corrupt(EntryId(3)))));
    assert_eq!(store.update(EntryId(3), &draft(3), 2).unwrap().password.reveal(), "password 3", "a new one heals it");
    assert!(store.update(EntryId(2), &draft(2), 2).is_ok(), "an edit heals it");
    assert!(all_of(&store).corrupt.is_empty());
}

fn contracts_count_their_entries_and_let_them_go(base: &Base) {
    let store = base.open();
    let (one, two) = (contract(&store, "Zeta"), contract(&store, "Alfa"));
    assert_eq!(store.insert_contract(&contract_draft("Alfa", "x")), Err(ContractError::NameTaken(two)));
    assert_eq!(store.update_contract(one, &contract_draft("Alfa", "")), Err(ContractError::NameTaken(two)));
    let drafts: Vec<_> = (0..5)
        .map(|n| {
            let mut draft = draft(n);
            draft.details.contract = Some(if n < 2 { one } else { two });
            draft
        })
        .collect();
    store.insert(&drafts, 1).unwrap();
    let counted: Vec<(String, i64)> = store.contracts().unwrap().into_iter().map(|c| (c.name, c.entries)).collect();
    assert_eq!(counted, [("Alfa".to_owned(), 3), ("Zeta".to_owned(), 2)]);
    assert_eq!(store.delete_contract(two, Orphans::Delete).unwrap(), [EntryId(3), EntryId(4), EntryId(5)]);
    assert_eq!(store.delete_contract(one, Orphans::Keep).unwrap(), [EntryId(1), EntryId(2)]);
    assert_eq!(store.delete_contract(one, Orphans::Keep), Err(ContractError::NotFound));
    assert_eq!(store.update_contract(one, &contract_draft("x", "")), Err(ContractError::NotFound));
    let left = store.find_many(&[EntryId(1), EntryId(2), EntryId(3)]).unwrap();
    assert!(left.len() == 2 && left.iter().all(|entry| entry.details.contract.is_none()));
    assert!(contract(&store, "new") > two, "a number is never given again");
}

fn entries_come_with_the_terms_of_their_contract(base: &Base) {
    let store = base.open();
    let said = [
        (ContractField::Name, "terms"),
        (ContractField::Numbering, "random_user"),
        (ContractField::ContactAddress, "[2001:db8::1]:5080"),
        (ContractField::LocalAddress, "192.0.2.1:5060"),
        (ContractField::OutboundProxy, "sips:proxy.example"),
        (ContractField::Outbound, "true"),
        (ContractField::Pace, "7"),
    ];
    let text = |field| said.iter().find(|(f, _)| *f == field).map_or("", |(_, text)| *text);
    let one = ContractDraft::parse(text).unwrap();
    let (id, usual) = (store.insert_contract(&one).unwrap(), contract(&store, "usual"));
    let stored = store.contract(id).unwrap();
    assert_eq!(said.map(|(field, _)| stored.text(field)), said.map(|(_, text)| text.to_owned()));
    let mut with = draft(1);
    with.details.contract = Some(id);
    let loaded = store.insert(&[with.clone(), draft(2)], 1).unwrap();
    assert_eq!((&*loaded[0].terms, &*loaded[1].terms), (&stored.terms, &Terms::default()));
    let all = all_of(&store).entries;
    assert_eq!((&*all[0].terms, &*all[1].terms), (&stored.terms, &Terms::default()));
    with.details.contract = Some(usual);
    assert_eq!(*store.update(EntryId(1), &with, 2).unwrap().terms, Terms::default());
    store.update_contract(id, &contract_draft("terms", "")).unwrap();
    assert_eq!(store.contract(id).unwrap().terms, Terms::default(), "what is blank is blank again");
    assert_eq!(store.of_contract(usual).unwrap(), [EntryId(1)]);
    assert_eq!(store.load_many(&[EntryId(2), EntryId(9)]).unwrap().len(), 1);
}
