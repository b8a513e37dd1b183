sign-in-title = Iniciar sesión
sign-in-name = Usuario
sign-in-password = Contraseña
sign-in-submit = Entrar
sign-in-refused = El usuario o la contraseña no son correctos. Revise ambos e inténtelo de nuevo.
sign-in-wait = { $seconds ->
    [one] Demasiados intentos. Espere un segundo y vuelva a probar.
   *[other] Demasiados intentos. Espere { $seconds } segundos y vuelva a probar.
}
sign-in-needs-setup = Todavía no hay usuarios: abra el enlace de puesta en marcha que Alta mostró al arrancar.
setup-title = Puesta en marcha de Alta
setup-intro = Elija el nombre y la contraseña del primer administrador. Este enlace solo sirve una vez.
setup-name = Usuario
setup-name-help = El nombre con el que iniciará sesión.
setup-password = Contraseña
setup-password-help = Doce caracteres o más. Unas cuantas palabras que nadie adivine protegen más que una clave corta y enrevesada.
setup-again = Repita la contraseña
setup-submit = Crear administrador
setup-used = Este enlace no es válido: ya se usó o es de un arranque anterior. Reinicie Alta para obtener uno nuevo.
password-too-short = Use doce caracteres o más.
password-too-long = Use 256 caracteres como máximo.
password-too-common = Es de las primeras que prueba cualquiera. Elija otra.
password-differs = Las dos contraseñas no coinciden.
