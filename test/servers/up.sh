#!/usr/bin/env bash
# Brings the real servers up: installs, writes and starts what is not there yet. Run it as often as you like. After a change of
# settings run down.sh first; to begin from nothing remove $CREDENCE_SERVERS_HOME as well.
set -eu
. "$(dirname "$0")/setup/common.sh"
if [ "$(id -u)" != 0 ]; then
  say "needs root: the servers give it up themselves, for www-data and proxy"
  exit 1
fi
umask 022
began=$SECONDS
mkdir -p "$TB" "$LOG" "$RUN" "$TB"/{cgi,kerberos,krb5,ldap/db,npm,ntlm,rcache,squid,tls,web}
chmod 1777 "$LOG" "$TB/rcache" "$TB/squid"
# what tests that were killed have left
find "$TB" -maxdepth 1 -name 'tickets-*' -mmin +60 -exec rm -rf {} +

. "$SETUP/packages.sh"
for user in www-data proxy; do
  setpriv --reuid=$user --clear-groups test -r "$TB/cgi/whoami" || {
    say "$user may not read $TB: let CREDENCE_SERVERS_HOME name a folder that everybody may enter"
    exit 1
  }
done
installed=$SECONDS
. "$SETUP/certificates.sh"
. "$SETUP/kerberos.sh"
. "$SETUP/web.sh"
. "$SETUP/proxies.sh"
. "$SETUP/directory.sh"
written=$SECONDS

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
taken() { # NAME PORT: does somebody else listen there?
  if ! alive "$1" && listens "$2"; then
    say "port $2 is taken: choose another base with CREDENCE_SERVERS_PORT"
    exit 1
  fi
}
taken kdc "$P_KDC"
taken apache "$P_WEB"
taken nginx "$P_TLS"
taken squid "$P_PROXY"
taken fault "$P_FAULT"

start kdc krb5kdc -n
start kadmind kadmind -nofork
start apache env KRB5_KTNAME="$TB/krb5/http.keytab" NTLM_USER_FILE="$TB/ntlm/users" LM_COMPAT_LEVEL=5 \
  NETBIOS_COMPUTER_NAME=TESTBOX NETBIOS_DOMAIN_NAME=TESTDOM apache2 -f "$TB/web/apache.conf" -DFOREGROUND
start lighttpd lighttpd -D -f "$TB/web/lighttpd.conf"
start nginx nginx -c "$TB/web/nginx.conf" -e "$LOG/nginx-error.log" -g 'daemon off;'
start squid squid -N -n "credence$BASE" -f "$TB/squid/squid.conf"
start socks microsocks -i 127.0.0.1 -b 127.0.0.1 -p "$P_SOCKS"
start socks-auth microsocks -i 127.0.0.1 -b 127.0.0.1 -p "$P_SOCKS_AUTH" -u "$U" -P "$PW"
start slapd slapd -d 0 -f "$TB/ldap/slapd.conf" -h "ldap://127.0.0.1:$P_LDAP ldaps://127.0.0.1:$P_LDAPS"
start redis redis-server --bind 127.0.0.1 --port "$P_REDIS" --requirepass redis-secret-1 --save '' --dir "$RUN"
oidc() { # NAME ISSUER
  start "$1" env ISSUER="$2" USER_NAME="$U" USER_PASSWORD="$PW" CLIENT_JWKS="$TB/tls/client-jwks.json" \
    TLS_CERT="$TB/tls/server.crt" TLS_KEY="$TB/tls/server.key" TLS_CA="$TB/tls/ca.crt" node "$TB/npm/oidc.mjs"
}
oidc oidc "http://127.0.0.1:$P_OIDC"
oidc oidcs "https://localhost:$P_OIDCS"
start fault env PORT="$P_FAULT" node "$TB/npm/fault.ts"

. "$SETUP/describe.sh"

healthy() { # NAME COMMAND...: waits until the command succeeds
  local name=$1
  shift
  for _ in $(seq 150); do
    alive "$name" || break
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  tail -5 "$LOG/$name.log" >&2
  say "$name does not work: see $LOG/$name.log"
  exit 1
}
page() { curl -sf -o /dev/null --max-time 5 --noproxy '' --cacert "$TB/tls/ca.crt" "$@"; }
ticket() { kinit -k -t "$TB/krb5/alice.keytab" -c "FILE:$TB/krb5/alice.ccache" "$U"; }
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
healthy kdc ticket
chmod a+r "$TB/krb5/alice.ccache"
healthy kadmind listens "$P_KADMIN"
healthy apache page "http://localhost:$P_WEB/public"
healthy lighttpd page "http://localhost:$P_LIGHTTPD/public"
healthy nginx page "https://localhost:$P_TLS/"
healthy squid page -x "http://127.0.0.1:$P_PROXY" "http://localhost:$P_WEB/public"
healthy socks listens "$P_SOCKS"
healthy socks-auth listens "$P_SOCKS_AUTH"
healthy slapd ldapwhoami -x -H "ldap://127.0.0.1:$P_LDAP" -D "uid=$U,dc=testbed,dc=test" -w "$PW"
healthy redis redis-cli -p "$P_REDIS" --no-auth-warning -a redis-secret-1 ping
healthy oidc page "http://127.0.0.1:$P_OIDC/.well-known/openid-configuration"
healthy oidcs page "https://localhost:$P_OIDCS/.well-known/openid-configuration"
healthy fault page "http://127.0.0.1:$P_FAULT/proxies"
say "up in $((SECONDS - began)) s ($((installed - began)) to install, $((written - installed)) to write, $((SECONDS - written)) to start): $TB/env.json"
