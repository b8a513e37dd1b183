trial-button = Probar
trial-hint = Probar intenta registrar ahora esta cuenta en el operador, sin guardarla. Lo que registra se anula al instante, aunque un operador que solo admite un registro puede descartar el de otro sistema. Si Alta ya mantiene la cuenta, solo la consulta, sin cambiar nada.
trial-title = Prueba de { $name }
trial-wait = Esperando respuesta. Cada dirección del operador tiene 32 segundos.
trial-look = Mirar de nuevo
trial-again = Probar otra vez
trial-to-entry = Ir al registro SIP
trial-not-begun = No se ha podido iniciar la prueba. Inténtelo de nuevo en un momento.
trial-looking = Consulta al DNS: { $question }.
trial-register = REGISTER enviado a { $target }.
trial-register-again = REGISTER enviado de nuevo, con usuario y contraseña.
trial-query = Se pregunta a { $target } qué hay registrado para esta cuenta.
trial-query-again = Se pregunta de nuevo, con usuario y contraseña.
trial-unregister = Anulando el registro.
trial-heard = El operador respondió «{ $answer }».
trial-challenged = El operador pide usuario y contraseña: «{ $answer }».
trial-lost = { $target }: { $why }. Se prueba la dirección siguiente.
trial-undone = Anulado lo que registró la prueba; no queda nada de ella en el operador.
trial-not-undone = El operador no ha confirmado la anulación de lo que la prueba pudiera haber registrado; allí caduca por sí solo.
trial-broken = La prueba ha terminado sin resultado, porque el motor de Alta no está en marcha. La página del sistema muestra su estado.
trial-after = +{ $time }
trial-registers = Quedaría registrado durante { $seconds }
trial-known = El operador acepta esta cuenta
trial-known-ours = Ahora mismo está registrada, durante { $seconds } más.
trial-known-none = Ahora mismo no está registrada.
trial-known-others = { $count ->
    [one] Tiene registrado otro contacto: otro sistema, o una dirección anterior de este.
   *[other] Tiene registrados otros { $count } contactos: otros sistemas, o direcciones anteriores de este.
}
trial-known-why = Alta ya mantiene esta cuenta, así que solo se ha preguntado al operador, sin cambiar nada.
trial-fails = No quedaría registrado
