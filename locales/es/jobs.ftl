job-enable = Habilitando registros SIP
job-disable = Deshabilitando registros SIP
job-refresh = Registrando ahora registros SIP
job-unregister = Anulando registros SIP
job-delete = Borrando registros SIP
job-move = Cambiando registros SIP de contrato
job-running = En curso.
job-stopped = Detenido.
job-done = Terminado.
job-counted = { $done } de { $total }
job-by = Iniciado por { $name }.
job-stays = Sigue aunque salga de esta página. Un reinicio de Alta lo interrumpe.
job-look = Volver a mirar
job-stop = Detener
job-back = Volver a la lista
job-failed = { $count ->
    [one] No se pudo con uno
   *[other] No se pudo con { $count }
}
job-fault-gone = ya no existe
job-fault-damaged = no se puede leer
job-fault-unavailable = la base de datos no respondió
