//! What a restart needs: written in batches, and a reserve of CSeq numbers that only rises.

use alta::domain::entry::EntryId;
use alta::domain::status::{CSEQ_RESERVE, Checkpoint, CheckpointBinding};

use super::{Base, all_of, draft};

on_both! {
    a_checkpoint_comes_back_and_every_start_raises_the_reserve,
    an_edit_keeps_the_checkpoint_and_a_delete_takes_it_along,
    many_are_stored_together_each_as_it_is,
    an_entry_that_comes_after_starts_reserves_like_any_other,
    what_an_edit_hands_out_is_not_handed_out_again,
}

fn checkpoint(cseq_reserved: u32) -> Checkpoint {
    let binding = CheckpointBinding { contact: "sip:1@192.0.2.1:5060".into(), granted: 300, until: 1_800_000_000_000 };
    Checkpoint { call_id: "call".into(), cseq_reserved, raised_expire: Some(1800), binding: Some(binding) }
}

fn a_checkpoint_comes_back_and_every_start_raises_the_reserve(base: &Base) {
    let store = base.open();
    let made = store.insert(&[draft(1), draft(2)], 1).unwrap();
    assert_eq!(made[0].checkpoint.cseq_reserved, 0, "a new entry begins at the beginning");
    // The first start after a crash right behind the insert: what was handed out then is not handed out again.
    let reserved = |n: usize| all_of(&store).entries[n].checkpoint.cseq_reserved;
    assert_eq!([reserved(0), reserved(0), reserved(0)], [1, 2, 3].map(|n| n * CSEQ_RESERVE));
    let batch = [(EntryId(1), checkpoint(700)), (EntryId(99), checkpoint(1))];
    store.save_checkpoints(&batch).unwrap();
    let loaded = all_of(&store).entries;
    assert_eq!(loaded[0].checkpoint, checkpoint(700));
    assert_eq!(reserved(0), 700 + CSEQ_RESERVE);
    let none = Checkpoint { raised_expire: None, binding: None, ..checkpoint(u32::MAX) };
    store.save_checkpoints(&[(EntryId(1), none.clone())]).unwrap();
    assert_eq!(all_of(&store).entries[0].checkpoint, none, "what is gone is blank again");
    let same: Vec<(EntryId, Checkpoint)> = (0..10_000).map(|n| (EntryId(2), checkpoint(n))).collect();
    store.save_checkpoints(&same).unwrap();
    assert_eq!(all_of(&store).entries[1].checkpoint.cseq_reserved, 9_999, "the last one counts");
}

fn many_are_stored_together_each_as_it_is(base: &Base) {
    let store = base.open();
    // More than one statement holds.
    store.insert(&(1..=2_500).map(draft).collect::<Vec<_>>(), 1).unwrap();
    let each = |id: i64| {
        let some = checkpoint(CSEQ_RESERVE + u32::try_from(id).unwrap());
        let call_id = format!("call {id}").into();
        let some = Checkpoint { call_id, ..some };
        if id % 3 == 0 { Checkpoint { raised_expire: None, binding: None, ..some } } else { some }
    };
    // The last first: they come in any order.
    store.save_checkpoints(&(1..=2_500).rev().map(|id| (EntryId(id), each(id))).collect::<Vec<_>>()).unwrap();
    let stored = all_of(&store).entries;
    assert_eq!(stored.len(), 2_500);
    for entry in stored {
        assert_eq!(entry.checkpoint, each(entry.entry.id.0), "{:?}", entry.entry.id);
    }
}

fn an_edit_keeps_the_checkpoint_and_a_delete_takes_it_along(base: &Base) {
    let store = base.open();
    store.insert(&[draft(1)], 1).unwrap();
    store.save_checkpoints(&[(EntryId(1), checkpoint(7))]).unwrap();
    assert_eq!(store.update(EntryId(1), &draft(2), 2).unwrap().checkpoint, checkpoint(7));
    store.delete(EntryId(1)).unwrap();
    store.save_checkpoints(&[(EntryId(1), checkpoint(8))]).unwrap();
    assert!(all_of(&store).entries.is_empty());
}

fn an_entry_that_comes_after_starts_reserves_like_any_other(base: &Base) {
    let store = base.open();
    (0..2).for_each(|_| drop(all_of(&store)));
    assert_eq!(store.insert(&[draft(1)], 1).unwrap()[0].checkpoint.cseq_reserved, 0);
    assert_eq!(all_of(&store).entries[0].checkpoint.cseq_reserved, CSEQ_RESERVE);
    store.save_checkpoints(&[(EntryId(1), checkpoint(700))]).unwrap();
    assert_eq!(store.load_many(&[EntryId(1)]).unwrap()[0].checkpoint, checkpoint(700));
    assert_eq!(store.update(EntryId(1), &draft(2), 2).unwrap().checkpoint, checkpoint(700));
}

fn what_an_edit_hands_out_is_not_handed_out_again(base: &Base) {
    let store = base.open();
    store.insert(&[draft(1)], 1).unwrap();
    // The engine does not know it: it could not be read at the start.
    let handed_out = store.update(EntryId(1), &draft(2), 2).unwrap().checkpoint.cseq_reserved;
    assert_eq!(all_of(&store).entries[0].checkpoint.cseq_reserved, handed_out + CSEQ_RESERVE);
}
