app-name = Alta
skip-to-content = Skip to content
nav-label = Main menu
nav-entries = SIP registrations
nav-contracts = Peering contracts
nav-sign-out = Sign out
nav-signed-in-as = Signed in as { $name } ({ $role })
banner-plain = This page is served without encryption, which is meant for this machine only. To work from elsewhere, put a TLS proxy in front.
role-administrator = Administrator
role-manager = Manager
role-viewer = Viewer
action-save = Save
action-cancel = Cancel
action-edit = Edit
action-delete = Delete
action-search = Search
help-open = Need help?
help-open-for = Need help with { $field }?
required-note = Fields marked with * are required.
unsaved-warning = There are changes that have not been saved.
error-title-prefix = Error:
error-summary-title = { $count ->
    [one] There is one thing to correct
   *[other] There are { $count } things to correct
}
nav-users = Users
nav-tokens = API tokens
nav-audit = Audit
word-yes = Yes
word-no = No
word-never = Never
role-administrator-about = everything, users and tokens too
role-manager-about = adds and changes SIP registrations and contracts
role-viewer-about = looks, changes nothing
nav-system = System
