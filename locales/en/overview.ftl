overview-title = Overview
overview-states = By status
overview-nothing = There are no SIP registrations yet.
overview-causes = What fails most
overview-no-causes = Nothing fails.
overview-risks = At risk, those first that are tried again soonest
overview-no-risks = No registration is at risk.
