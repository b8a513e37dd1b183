trial-button = Test
trial-hint = Test tries this account at the provider now, without saving it. What it registers is undone at once, though a provider that allows one registration only may drop that of another system. An account that Alta already keeps is only asked about.
trial-title = Test of { $name }
trial-wait = Waiting for an answer. Each of the provider's addresses gets 32 seconds.
trial-look = Look again
trial-again = Test again
trial-to-entry = To the SIP registration
trial-not-begun = The test could not be started. Try again in a moment.
trial-looking = Asking DNS for { $question }.
trial-register = REGISTER sent to { $target }.
trial-register-again = REGISTER sent once more, with user and password.
trial-query = Asked { $target } what is registered for this account.
trial-query-again = Asked once more, with user and password.
trial-unregister = Undoing the registration.
trial-heard = The provider answered “{ $answer }”.
trial-challenged = The provider asks for user and password: “{ $answer }”.
trial-lost = { $target }: { $why }. The next address is tried.
trial-undone = What the test registered is undone; nothing is left of it at the provider.
trial-not-undone = The provider did not confirm that what the test may have registered is undone; there it ends by itself.
trial-broken = The test ended without a result, since Alta's engine does not run. The system page tells how it is.
trial-after = +{ $time }
trial-registers = Would be registered for { $seconds }
trial-known = The provider accepts this account
trial-known-ours = It is registered there now, for { $seconds } more.
trial-known-none = It is not registered there now.
trial-known-others = { $count ->
    [one] One other contact is registered for it: another system, or an earlier address of this one.
   *[other] { $count } other contacts are registered for it: other systems, or earlier addresses of this one.
}
trial-known-why = Alta keeps this account already, so the provider was only asked, and nothing was changed.
trial-fails = Would not be registered
