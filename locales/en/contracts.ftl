contracts-title = Peering contracts
contracts-intro = A contract groups the SIP registrations of one agreement with a provider.
contracts-add = Add contract
contracts-empty = No contracts yet. SIP registrations work without one, too.
contracts-caption = Contracts and how many SIP registrations each has
contracts-name = Name
contracts-name-hint = What you call it, for example the provider and the contract number. Each name can be used only once.
contracts-description = Description
contracts-description-hint = Anything worth remembering. It may stay empty.
contracts-entries = SIP registrations
contracts-create-title = Add contract
contracts-update-title = Edit { $name }
contracts-remove-title = Delete { $name }?
contracts-remove-text = { $count ->
    [0] No SIP registration belongs to it.
    [one] One SIP registration belongs to it. What shall become of it?
   *[other] { $count } SIP registrations belong to it. What shall become of them?
}
contracts-remove-keep = Keep them, without a contract
contracts-remove-delete = Delete them too, and unregister them at the provider
contracts-saved = { $name } was saved.
contracts-deleted = The contract was deleted.
