app-name = Alta
skip-to-content = Ir al contenido
nav-label = Menú principal
nav-entries = Registros SIP
nav-contracts = Contratos de Peering
nav-sign-out = Cerrar sesión
nav-signed-in-as = Sesión de { $name } ({ $role })
banner-plain = Esta página se sirve sin cifrado, algo pensado solo para este equipo. Para trabajar desde otro, ponga delante un proxy TLS.
role-administrator = Administrador
role-manager = Gestor
role-viewer = Consulta
action-save = Guardar
action-cancel = Cancelar
action-edit = Editar
action-delete = Borrar
action-search = Buscar
help-open = ¿Necesita ayuda?
help-open-for = ¿Necesita ayuda con { $field }?
required-note = Los campos marcados con * son obligatorios.
unsaved-warning = Hay cambios sin guardar.
error-title-prefix = Error:
error-summary-title = { $count ->
    [one] Hay un dato que corregir
   *[other] Hay { $count } datos que corregir
}
nav-users = Usuarios
nav-tokens = Tokens de API
nav-audit = Auditoría
word-yes = Sí
word-no = No
word-never = Nunca
role-administrator-about = todo, también usuarios y tokens
role-manager-about = añade y modifica registros SIP y contratos
role-viewer-about = ve, pero no cambia nada
nav-system = Sistema
