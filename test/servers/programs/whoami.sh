#!/bin/sh
# A CGI program: answers, as JSON, who the web server takes the caller for.
text() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
field() { printf '"%s":"%s",' "$1" "$(text "$2")"; }
length=$(head -c "${CONTENT_LENGTH:-0}" | wc -c)
printf 'Content-Type: application/json\r\nCache-Control: no-store\r\n\r\n{'
field user "${REMOTE_USER:-$HTTP_X_REMOTE_USER}"
field authType "$AUTH_TYPE"
field scheme "$AUTH_SCHEME"
field mech "$GSS_MECH"
field method "$REQUEST_METHOD"
field uri "$REQUEST_URI"
field tls "$SSL_PROTOCOL"
field subject "$SSL_CLIENT_S_DN"
field via "$HTTP_VIA"
printf '"clientPort":%s,"bodyBytes":%s}\n' "${REMOTE_PORT:-0}" "$length"
