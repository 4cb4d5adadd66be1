# Apache, lighttpd and nginx: every scheme, several at once, and every kind of TLS.
cd "$TB/web"

# Users of NTLM are DOMAIN:USER:PASSWORD. The other two files are for GSSAPI clients that log in by NTLM.
for person in $PEOPLE; do echo "TESTDOM:$person:$(password "$person")"; done >"$TB/ntlm/users"
echo "TESTDOM:$U:$PW" >"$TB/ntlm/client"
echo "TESTDOM:$U:wrong" >"$TB/ntlm/client-bad"

hash() { printf %s "$2" | openssl dgst "-$1" -r | cut -d' ' -f1; }
: >htpasswd
: >htdigest-md5
: >htdigest-sha256
: >digest-plain
for person in $PEOPLE $U2; do
  secret=$(password "$person")
  htpasswd -bm htpasswd "$person" "$secret" 2>/dev/null
  echo "$person:testbed:$(hash md5 "$person:testbed:$secret")" >>htdigest-md5
  echo "$person:testbed:$(hash sha256 "$person:testbed:$secret"):$(hash sha256 "$person:testbed")" >>htdigest-sha256
  echo "$person:$secret" >>digest-plain
done
cat htdigest-sha256 htdigest-md5 >htdigest-both
touch session.key
chown www-data session.key .

# Sections of mod_auth_gssapi are not merged, so that each says all of it. What includes NTLM has to be bound to the connection.
# Keytabs and NTLM's users come by the environment: with GssapiCredStore, gss-ntlmssp brings Apache down.
gssapi() { # MECHANISMS LINE...
  local mechanism mechanisms=$1
  shift
  printf '%s\n' 'AuthType GSSAPI' 'GssapiPublishMech On' "$@"
  for mechanism in $mechanisms; do echo "GssapiAllowedMech $mechanism"; done
  case $mechanisms in *ntlmssp*) echo 'GssapiConnectionBound On' ;; esac
}
gssapi_at() { # PATH MECHANISMS LINE...
  local path=$1
  shift
  printf '<LocationMatch "^%s$">\n' "$path"
  gssapi "$@" 'AuthName testbed' 'Require valid-user'
  echo '</LocationMatch>'
}
places() {
  cat <<CNF
<LocationMatch "^/(public|basic|digest|krb|ntlm|multi)">
  SetHandler cgi-script
  Options +ExecCGI
</LocationMatch>
AliasMatch "^/(public|basic|digest|krb|ntlm|multi).*" "$TB/cgi/whoami"
SetEnvIf Authorization "^(\S+)" AUTH_SCHEME=\$1
<Location /basic>
  AuthType Basic
  AuthName "Testbed Basic"
  AuthBasicProvider file
  AuthUserFile "$TB/web/htpasswd"
  Require valid-user
</Location>
<LocationMatch "^/digest">
  AuthType Digest
  AuthName testbed
  AuthDigestProvider file
  AuthUserFile "$TB/web/htdigest-md5"
  Require valid-user
</LocationMatch>
<Location /digest-brief>
  AuthDigestNonceLifetime 2
</Location>
CNF
  gssapi_at /krb krb5
  gssapi_at /krb-session krb5 'GssapiUseSessions On' 'Session On' 'SessionCookieName gssapi_session path=/krb-session;httponly' \
    "GssapiSessionKey file:$TB/web/session.key"
  gssapi_at /krb-bound krb5 'GssapiConnectionBound On'
  gssapi_at /ntlm ntlmssp
  gssapi_at /ntlm-persistent ntlmssp 'GssapiSignalPersistentAuth On'
  gssapi_at /multi 'krb5 ntlmssp' 'GssapiBasicAuth On' 'GssapiBasicAuthMech krb5'
}
tls() { # LINE...: what the hosts with TLS have in common
  cat <<CNF
  SSLEngine On
  SSLCertificateFile "$TB/tls/server.crt"
  SSLCertificateKeyFile "$TB/tls/server.key"
  SSLCACertificateFile "$TB/tls/ca.crt"
  SSLOptions +StdEnvVars
CNF
}
# In front of the systems that credence signs in to, as their own web servers are: it does the logins that belong to HTTP, and
# says who came in headers that nobody else can send.
in_front() {
  local who='RequestHeader set X-Remote-User "expr=%{REMOTE_USER}"'
  cat <<CNF
  SSLVerifyClient optional
  RequestHeader unset X-Remote-User early
  RequestHeader unset X-Client-Subject early
  RequestHeader set X-Client-Subject "%{SSL_CLIENT_S_DN}s" "expr=%{SSL_CLIENT_VERIFY} == 'SUCCESS'"
  ProxyPreserveHost On
  ProxyPass / http://127.0.0.1:$P_BEHIND/ retry=0
CNF
  gssapi_at /vedauth/authorize/integrated 'krb5 ntlmssp' "$who"
  gssapi_at /ovirt-engine/sso/oauth/token-http-auth krb5 "$who"
  gssapi_at '/negotiate(/.*)?' 'krb5 ntlmssp' 'GssapiBasicAuth On' 'GssapiBasicAuthMech krb5' "$who"
}
modules="mpm_event authn_core authn_file authz_core authz_user auth_basic auth_digest auth_gssapi alias cgid env setenvif headers session
  session_cookie ssl socache_shmcb proxy proxy_http proxy_connect reqtimeout"
{
  for module in $modules; do echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"; done
  cat <<CNF
ServerName localhost
ServerRoot "$TB/web"
DefaultRuntimeDir "$RUN"
Mutex file:$RUN default
PidFile "$RUN/apache.own"
ScriptSock "$RUN/cgid.sock"
User www-data
Group www-data
StartServers 1
ServerLimit 2
ThreadsPerChild 64
MaxRequestWorkers 128
KeepAliveTimeout 30
ErrorLog "$LOG/apache-error.log"
LogLevel warn auth_gssapi:info
# A line of JSON a request: port, the client's port, how many requests came before it on the connection, who it is, and who it
# was meant to be (only tests say that). Credentials are in no log.
SetEnvIf Authorization "^(\S+)" AUTH_SCHEME=\$1
SetEnvIf Proxy-Authorization "^(\S+)" PROXY_SCHEME=\$1
LogFormat '{"port":%{local}p,"connection":%{remote}p,"k":%k,"request":"%r","status":%>s,"user":"%u","scheme":"%{AUTH_SCHEME}e","proxyScheme":"%{PROXY_SCHEME}e","meant":"%{X-Request-User}i","run":"%{X-Request-Run}i","id":"%{X-Request-Id}i"}' tb
CustomLog "$LOG/apache-access.log" tb
<Directory />
  Require all granted
</Directory>
CNF
  for port in $P_WEB $P_WEBS $P_WEBPROXY $P_MTLS_ALERT $P_SYSTEMS; do echo "Listen 127.0.0.1:$port"; done
  echo "<VirtualHost 127.0.0.1:$P_WEB>"
  places
  echo '</VirtualHost>'
  echo "<VirtualHost 127.0.0.1:$P_WEBS>"
  tls
  places
  cat <<CNF
  # The path decides, so that the certificate is asked for when the connection is in use: by renegotiation in TLS 1.2, by
  # post-handshake authentication in TLS 1.3.
  <Location /public-late-mtls>
    SSLVerifyClient require
  </Location>
</VirtualHost>
# A missing certificate ends the handshake here; nginx lets it pass and answers 400.
<VirtualHost 127.0.0.1:$P_MTLS_ALERT>
CNF
  tls
  echo '  SSLVerifyClient require'
  places
  cat <<CNF
</VirtualHost>
<VirtualHost 127.0.0.1:$P_SYSTEMS>
CNF
  tls
  in_front
  cat <<CNF
</VirtualHost>
<VirtualHost 127.0.0.1:$P_WEBPROXY>
  ProxyRequests On
  ProxyVia On
  AllowCONNECT 1024-65535
  <Proxy "*">
CNF
  gssapi 'krb5 ntlmssp' 'AuthName testbed-proxy' 'GssapiBasicAuth On' 'GssapiBasicAuthMech krb5'
  cat <<CNF
    <RequireAll>
      Require expr "%{HTTP_HOST} =~ /^(localhost|127\.[0-9.]+)(:\d+)?$/"
      Require valid-user
    </RequireAll>
  </Proxy>
</VirtualHost>
CNF
} >apache.conf

digest() { # PATH ALGORITHM MORE
  echo "  \"$1\" => ( \"method\" => \"digest\", \"algorithm\" => \"$2\", \"realm\" => \"testbed\", \"require\" => \"valid-user\"${3:-} ),"
}
cat >lighttpd.conf <<CNF
server.port = $P_LIGHTTPD
server.bind = "127.0.0.1"
server.document-root = "$TB/web"
server.errorlog = "$LOG/lighttpd-error.log"
server.username = "www-data"
server.modules = ( "mod_auth", "mod_authn_file", "mod_cgi", "mod_alias", "mod_accesslog" )
accesslog.filename = "$LOG/lighttpd-access.log"
alias.url = ( "/public" => "$TB/cgi/whoami", "/sha256" => "$TB/cgi/whoami", "/both" => "$TB/cgi/whoami", "/userhash" => "$TB/cgi/whoami" )
cgi.assign = ( "whoami" => "" )
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "$TB/web/htdigest-sha256"
auth.require = (
$(digest /sha256 SHA-256)
$(digest /both 'SHA-256|MD5')
$(digest /userhash SHA-256 ', "userhash" => "enable"')
)
\$HTTP["url"] =~ "^/both" { auth.backend.htdigest.userfile = "$TB/web/htdigest-both" }
CNF

server() { # PORT CERTIFICATE [LINES] [more of listen]
  cat <<CNF
  server {
    listen 127.0.0.1:$1 ssl${4:-};
    ssl_certificate $TB/tls/$2.crt;
    ssl_certificate_key $TB/tls/${2%-chain}.key;
    ${3:-}
    location / { default_type application/json; return 200 \$who; }
  }
CNF
}
cat >nginx.conf <<CNF
user www-data;
worker_processes 1;
pid $RUN/nginx.own;
error_log $LOG/nginx-error.log;
events { }
http {
  access_log $LOG/nginx-access.log;
  ssl_protocols TLSv1.2 TLSv1.3;
  client_body_temp_path $RUN/nginx-body;
  proxy_temp_path $RUN/nginx-proxy;
  fastcgi_temp_path $RUN/nginx-fastcgi;
  uwsgi_temp_path $RUN/nginx-uwsgi;
  scgi_temp_path $RUN/nginx-scgi;
  map "" \$who {
    default '{"subject":"\$ssl_client_s_dn","issuer":"\$ssl_client_i_dn","verify":"\$ssl_client_verify","protocol":"\$ssl_protocol","sni":"\$ssl_server_name","http":"\$server_protocol"}\n';
  }
$(server $P_TLS chained-chain)
$(server $P_MTLS server "ssl_client_certificate $TB/tls/ca.crt; ssl_verify_client on;")
$(server $P_MTLS_OPT server "ssl_client_certificate $TB/tls/ca.crt; ssl_verify_client optional;")
$(server $P_EXPIRED expired)
$(server $P_WRONGHOST wronghost)
$(server $P_SELFSIGNED selfsigned)
$(server $P_OTHERCA otherserver)
$(server $P_REVOKED revoked)
$(server $P_TLS11 server 'ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;')
$(server $P_NOCHAIN chained)
$(server $P_H2 server '' ' http2')
}
CNF
