sign-in-title = Sign in
sign-in-name = User
sign-in-password = Password
sign-in-submit = Sign in
sign-in-refused = That user and password do not match. Check both and try again.
sign-in-wait = { $seconds ->
    [one] Too many attempts. Wait one second and try again.
   *[other] Too many attempts. Wait { $seconds } seconds and try again.
}
sign-in-needs-setup = Nobody can sign in yet: open the setup link that Alta printed when it started.
setup-title = Set up Alta
setup-intro = Choose the name and password of the first administrator. This link works once.
setup-name = User
setup-name-help = The name that you will sign in with.
setup-password = Password
setup-password-help = Twelve characters or more. A few words that nobody would guess protect better than a short jumble of signs.
setup-again = Password again
setup-submit = Create administrator
setup-used = This link is not valid: it was used already, or belongs to an earlier start. Start Alta again to get a new one.
password-too-short = Use twelve characters or more.
password-too-long = Use 256 characters or fewer.
password-too-common = Everybody tries this one first. Choose another.
password-differs = The two passwords are not the same.
