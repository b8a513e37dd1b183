field-next = Próxima acción
filter-title = Filtros
filter-state = Estado
filter-cause = Causa
filter-any = Cualquiera
filter-apply = Aplicar
filter-search = Búsqueda: { $value }
filter-active = Filtros activos
filter-remove = quitar
columns-title = Columnas
columns-keep = Guardar
bulk-title = Con varios a la vez
bulk-tick = Marcar
bulk-tick-all = Seleccionar todas las filas de esta página
bulk-tick-named = Marcar { $name }
bulk-ticked = Para los marcados
bulk-all = { $count ->
    [one] Para el único resultado
   *[other] Para los { $count } resultados
}
bulk-all-more = Para todos los resultados (más de { $count })
bulk-move-choice = Cambiar de contrato
bulk-contract-to = Contrato nuevo
bulk-go = Sí, adelante
bulk-more = { $count ->
    [one] y uno más
   *[other] y { $count } más
}
bulk-enable = { $count ->
    [one] ¿Habilitar un registro SIP?
   *[other] ¿Habilitar { $count } registros SIP?
}
bulk-enable-text = Cada uno se registra en su operador, al ritmo fijado.
bulk-disable = { $count ->
    [one] ¿Deshabilitar un registro SIP?
   *[other] ¿Deshabilitar { $count } registros SIP?
}
bulk-disable-text = Cada uno se anula en su operador. Dejan de entrar llamadas por estas líneas.
bulk-refresh = { $count ->
    [one] ¿Registrar ahora un registro SIP?
   *[other] ¿Registrar ahora { $count } registros SIP?
}
bulk-refresh-text = Cada uno envía un REGISTER en cuanto lo permite el ritmo. No cambia nada más.
bulk-unregister = { $count ->
    [one] ¿Anular un registro SIP?
   *[other] ¿Anular { $count } registros SIP?
}
bulk-unregister-text = Dura hasta «Registrar ahora», una edición o un reinicio. Dejan de entrar llamadas por estas líneas.
bulk-delete = { $count ->
    [one] ¿Borrar un registro SIP?
   *[other] ¿Borrar { $count } registros SIP?
}
bulk-delete-text = Cada uno se anula en su operador y se olvida, con su contraseña. No se puede deshacer.
bulk-move = { $count ->
    [one] ¿Pasar un registro SIP a { $contract }?
   *[other] ¿Pasar { $count } registros SIP a { $contract }?
}
bulk-move-text = Si los contratos indican formas distintas de registrarse, cada uno se registra de nuevo, al ritmo fijado.
entries-csv = Descargar los resultados en CSV
