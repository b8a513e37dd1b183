overview-title = Resumen
overview-states = Por estado
overview-nothing = Todavía no hay registros SIP.
overview-causes = Lo que más falla
overview-no-causes = No falla nada.
overview-risks = En riesgo, primero los que antes se reintentan
overview-no-risks = Ningún registro SIP está en riesgo.
overview-day = Contratos en las últimas 24 horas
overview-day-intro = Cada gráfico abarca las últimas 24 horas y muestra qué parte del contrato estaba registrada y, delante, qué parte tenía problemas. Se comprueba cada cinco minutos, desde que arrancó Alta.
overview-picture = Últimas 24 horas
overview-registered-now = Registrados ahora
overview-fewest = Mínimo de registrados
overview-most-problems = Máximo con problemas
overview-strip = Mínimo de registrados: { $fewest }. Máximo con problemas: { $most }.
overview-more = { $count ->
    [one] Hay un contrato más, con menos problemas.
   *[other] Hay { $count } contratos más, con menos problemas.
}
engine-title = Motor en las últimas 24 horas
engine-intro = Lo que hizo el motor, minuto a minuto, desde que arrancó Alta. El retraso es el tiempo entre el momento en que algo debía hacerse y el momento en que se hizo.
engine-messages = Mensajes por minuto, máximo { $most }
engine-waiting = En espera de turno, máximo { $most }
engine-lag = Retraso en ms, máximo { $most }
engine-busy = Procesador en %, máximo { $most }
engine-table = Motor hora a hora
engine-hour = Hora desde
engine-sent = Mensajes enviados
engine-heard = Mensajes recibidos
engine-dropped = Descartados
engine-most-waiting = Máximo en espera
engine-longest-lag = Mayor retraso, ms
engine-processor = Tiempo de procesador, ms
