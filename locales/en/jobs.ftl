job-enable = Enabling SIP registrations
job-disable = Disabling SIP registrations
job-refresh = Registering SIP registrations now
job-unregister = Unregistering SIP registrations
job-delete = Deleting SIP registrations
job-move = Changing the contract of SIP registrations
job-running = Under way.
job-stopped = Stopped.
job-done = Done.
job-counted = { $done } of { $total }
job-by = Begun by { $name }.
job-stays = It goes on when you leave this page. A restart of Alta ends it.
job-look = Look again
job-stop = Stop
job-back = Back to the list
job-failed = { $count ->
    [one] It did not work for one
   *[other] It did not work for { $count }
}
job-fault-gone = not there any more
job-fault-damaged = cannot be read
job-fault-unavailable = the database did not answer
