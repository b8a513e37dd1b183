overview-title = Overview
overview-states = By status
overview-nothing = There are no SIP registrations yet.
overview-causes = What fails most
overview-no-causes = Nothing fails.
overview-risks = At risk, those first that are tried again soonest
overview-no-risks = No registration is at risk.
overview-day = Contracts in the last 24 hours
overview-day-intro = Each picture runs from 24 hours ago until now: how much of the contract was registered, and in front of it what had a problem. It is looked at every five minutes, since Alta started.
overview-picture = Last 24 hours
overview-registered-now = Registered now
overview-fewest = Fewest registered
overview-most-problems = Most with a problem
overview-strip = Fewest registered: { $fewest }. Most with a problem: { $most }.
overview-more = { $count ->
    [one] One contract more has had fewer problems.
   *[other] { $count } contracts more have had fewer problems.
}
engine-title = Engine in the last 24 hours
engine-intro = What the engine did, by the minute, since Alta started. Lateness is the time between when something was due and when it was done.
engine-messages = Messages a minute, at most { $most }
engine-waiting = Waiting for their turn, at most { $most }
engine-lag = Lateness in ms, at most { $most }
engine-busy = Processor in %, at most { $most }
engine-table = Engine by the hour
engine-hour = Hour from
engine-sent = Messages sent
engine-heard = Messages received
engine-dropped = Dropped
engine-most-waiting = Most waiting
engine-longest-lag = Longest lateness, ms
engine-processor = Processor time, ms
