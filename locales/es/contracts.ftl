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
contracts-name-help = Aparece en la lista y en el filtro. Lo que mejor distingue los contratos es el operador, el país y el número de contrato.
contracts-description-help = El teléfono de soporte del operador, la dirección que autorizó, la fecha de fin: lo que se busca cuando algo falla.
contracts-terms = Cómo se registran sus registros SIP
contracts-terms-intro = Déjelo todo como está, salvo que el operador o su propia red pidan otra cosa. Un cambio afecta a todos los registros SIP del contrato, uno tras otro y al ritmo configurado.
contracts-numbering = Números de cada registro
contracts-numbering-hint = Cómo indica el operador a qué número se ha llamado.
contracts-numbering-help = Un DDI: el DDI viaja en el Contact y el operador lo pone en la Request-URI de las llamadas. Varios DDI tras un usuario de contacto aleatorio: el Contact lleva un usuario aleatorio que no cambia nunca y el número marcado llega en la cabecera To. Multi DDI (RFC 6140): el Contact representa todos los números de la cuenta y el operador pone cada uno en la Request-URI; un operador que no lo admite responde 420.
numbering-one_ddi = Un DDI
numbering-random_user = Varios DDI tras un usuario de contacto aleatorio
numbering-multi_ddi = Multi DDI (RFC 6140)
contracts-contact_address = Dirección de contacto
contracts-contact_address-hint = Adónde debe enviar las llamadas este operador. Si se deja vacía, vale el ajuste sip.contact.
contracts-contact_address-help = Nombre o dirección del proxy SIP de su plataforma tal como lo ve este operador, con el puerto si no es el 5060; por ejemplo, en una interconexión privada: 10.20.0.5:5060.
contracts-outbound_proxy = Proxy de salida
contracts-outbound_proxy-hint = El proxy por el que pasa primero cada REGISTER de este contrato. Normalmente vacío.
contracts-outbound_proxy-help = Escriba sip: delante, como en sip:10.0.0.1:5060;transport=tcp. El REGISTER lo lleva en una cabecera Route con loose routing (RFC 3261) y, detrás, la URI del servidor de registro, si la hay. El proxy debe dejar pasar los REGISTER y saber dónde está Dominio.
contracts-pace = Ritmo
contracts-pace-hint = Máximo de intentos por segundo hacia un mismo servidor de registro, de 1 a 100.000. Si se deja vacío, vale el ajuste sip.pace.
contracts-pace-help = Algunos operadores bloquean a quien envía demasiado de golpe. Indique aquí lo que admite el suyo.
contracts-local_address = Dirección local
contracts-local_address-hint = Desde cuál de las direcciones de Alta salen estos registros.
contracts-local_address-help = Útil cuando el operador ha autorizado una de las varias direcciones de este servidor. Son las del ajuste sip.listen.
contracts-local-any = Cualquiera que llegue hasta allí
contracts-local-gone = { $address } (Alta no escucha ahí)
contracts-outbound = Mantener la conexión para las llamadas (RFC 5626)
contracts-outbound-hint = El operador devuelve las llamadas por la conexión que registró. Solo si el operador lo indica.
contracts-outbound-help = Alta se identifica entonces con +sip.instance y reg-id, mantiene viva la conexión con la frecuencia que pida el operador (Flow-Timer) y vuelve a registrar en cuanto se corta. Con un operador que no lo admite el registro funciona igualmente, y una nota junto al estado lo indica. Las llamadas llegan a Alta por esa conexión: configure sip.calls_to para reenviarlas.
