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
contracts-name-help = It stands in the list and in the filter. Provider, country and contract number tell contracts apart best.
contracts-description-help = A telephone number of the provider's support, the address that it authorised, when the contract ends: whatever you look for when something is wrong.
contracts-terms = How its SIP registrations register
contracts-terms-intro = Leave all of it as it is unless the provider or your own network asks for something else. A change applies to every SIP registration of the contract, one after the other at the pace that is set.
contracts-numbering = Numbers of each registration
contracts-numbering-hint = How the provider tells you which number was called.
contracts-numbering-help = One DDI: the DDI travels in the Contact, and the provider puts it in the Request-URI of calls. Several DDIs behind a random contact user: the Contact has a random user that never changes, and the number called comes in the To header. Multi DDI (RFC 6140): the Contact stands for all numbers of the account, and the provider puts each in the Request-URI; a provider that does not know this answers 420.
numbering-one_ddi = One DDI
numbering-random_user = Several DDIs behind a random contact user
numbering-multi_ddi = Multi DDI (RFC 6140)
contracts-contact_address = Contact address
contracts-contact_address-hint = Where this provider shall send calls. If empty, as the setting sip.contact says.
contracts-contact_address-help = Host name or address of your platform's SIP proxy as this provider reaches it, with a port if it is not 5060, for example over a private interconnection: 10.20.0.5:5060.
contracts-outbound_proxy = Outbound proxy
contracts-outbound_proxy-hint = The proxy that every REGISTER of this contract goes through first. Usually empty.
contracts-outbound_proxy-help = Write sip: in front, as in sip:10.0.0.1:5060;transport=tcp. The REGISTER carries it in a Route header with loose routing (RFC 3261), and behind it the Register server URI, if there is one. The proxy must pass REGISTERs on and know where Domain is.
contracts-pace = Pace
contracts-pace-hint = Most attempts a second to one registrar, from 1 to 100,000. If empty, as the setting sip.pace says.
contracts-pace-help = Some providers block whoever sends too much at once. Set here what the provider allows.
contracts-local_address = Local address
contracts-local_address-hint = Which of Alta's own addresses these registrations leave from.
contracts-local_address-help = Useful when the provider authorised one of several addresses of this server. The addresses are those of the setting sip.listen.
contracts-local-any = Any that leads there
contracts-local-gone = { $address } (Alta does not listen there)
contracts-outbound = Keep the connection for calls (RFC 5626)
contracts-outbound-hint = The provider sends calls back over the connection that registered. Only if the provider says so.
contracts-outbound-help = Alta then names itself with +sip.instance and reg-id, keeps the connection open as often as the provider asks (Flow-Timer), and registers anew as soon as it breaks. A provider that cannot do this still registers, and a note beside the status says so. Calls come to Alta over that connection: set sip.calls_to so that they are sent on.
