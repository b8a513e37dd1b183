overview-title = Resumen
overview-states = Por estado
overview-nothing = Todavía no hay registros SIP.
overview-causes = Lo que más falla
overview-no-causes = No falla nada.
overview-risks = En riesgo, antes los que se reintentan antes
overview-no-risks = Ningún registro SIP está en riesgo.
