field-next = Next action
filter-title = Filters
filter-state = Status
filter-cause = Cause
filter-any = Any
filter-apply = Apply
filter-search = Search: { $value }
filter-active = Filters that are set
filter-remove = remove
columns-title = Columns
columns-keep = Keep
bulk-title = With many at once
bulk-tick = Tick
bulk-tick-all = Tick all lines of this page
bulk-tick-named = Tick { $name }
bulk-ticked = For those ticked
bulk-all = { $count ->
    [one] For the one result
   *[other] For all { $count } results
}
bulk-all-more = For all results (more than { $count })
bulk-move-choice = Change contract
bulk-contract-to = New contract
bulk-go = Yes, do it
bulk-more = { $count ->
    [one] and one more
   *[other] and { $count } more
}
bulk-enable = { $count ->
    [one] Enable one SIP registration?
   *[other] Enable { $count } SIP registrations?
}
bulk-enable-text = Each is registered at its provider, at pace.
bulk-disable = { $count ->
    [one] Disable one SIP registration?
   *[other] Disable { $count } SIP registrations?
}
bulk-disable-text = Each is unregistered at its provider. Incoming calls over these lines stop.
bulk-refresh = { $count ->
    [one] Register one SIP registration now?
   *[other] Register { $count } SIP registrations now?
}
bulk-refresh-text = Each sends a REGISTER as soon as the pace allows. Nothing else changes.
bulk-unregister = { $count ->
    [one] Unregister one SIP registration?
   *[other] Unregister { $count } SIP registrations?
}
bulk-unregister-text = It lasts until Register now, an edit or a restart. Incoming calls over these lines stop.
bulk-delete = { $count ->
    [one] Delete one SIP registration?
   *[other] Delete { $count } SIP registrations?
}
bulk-delete-text = Each is unregistered at its provider and forgotten, with its password. This cannot be undone.
bulk-move = { $count ->
    [one] Move one SIP registration to { $contract }?
   *[other] Move { $count } SIP registrations to { $contract }?
}
bulk-move-text = Where the contracts say different things about how to register, each registers anew, at pace.
entries-csv = Download the results as CSV
