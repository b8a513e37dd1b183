//! The protocol in virtual time: the user agent and its pace against scripted registrars.
