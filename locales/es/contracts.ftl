contracts-title = Contratos de Peering
contracts-intro = Un contrato agrupa los registros SIP de un acuerdo con un operador.
contracts-add = Añadir contrato
contracts-empty = Todavía no hay contratos. Los registros SIP también funcionan sin ellos.
contracts-caption = Contratos y cuántos registros SIP tiene cada uno
contracts-name = Nombre
contracts-name-hint = Cómo lo llama usted, por ejemplo el operador y el número de contrato. No se puede repetir.
contracts-description = Descripción
contracts-description-hint = Lo que convenga recordar. Puede quedar vacía.
contracts-entries = Registros SIP
contracts-create-title = Añadir contrato
contracts-update-title = Editar { $name }
contracts-remove-title = ¿Borrar { $name }?
contracts-remove-text = { $count ->
    [0] No tiene registros SIP.
    [one] Tiene un registro SIP. ¿Qué hacemos con él?
   *[other] Tiene { $count } registros SIP. ¿Qué hacemos con ellos?
}
contracts-remove-keep = Conservarlos, sin contrato
contracts-remove-delete = Borrarlos también y anularlos en el operador
contracts-saved = Se ha guardado { $name }.
contracts-deleted = El contrato se ha borrado.
