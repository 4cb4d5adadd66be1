# Squid, on a port for each way to log in. Two more ports are reverse proxies with Samba's NTLM in front of Apache's open page.
echo "127.0.0.1 localhost $NAME" >"$TB/squid/hosts"

# Samba runs without a domain: it knows one password, and takes it for every name.
samba="/usr/bin/ntlm_auth --configfile=$TB/ntlm/smb.conf --username=$U --password=$PW --domain=TESTDOM --workstation=TESTBOX"
mkdir -p "$TB/ntlm/samba"
chmod 1777 "$TB/ntlm/samba"
{
  printf '[global]\n  workgroup = TESTDOM\n  netbios name = TESTBOX\n  server role = standalone server\n'
  for setting in 'private dir' 'lock directory' 'state directory' 'cache directory' 'pid directory'; do echo "  $setting = $TB/ntlm/samba"; done
} >"$TB/ntlm/smb.conf"

cat >"$TB/squid/squid.conf" <<CNF
http_port 127.0.0.1:$P_PROXY name=plain
http_port 127.0.0.1:$P_PROXY_BASIC name=basic
http_port 127.0.0.1:$P_PROXY_DIGEST name=digest
http_port 127.0.0.1:$P_PROXY_NEGO name=negotiate
http_port 127.0.0.1:$P_PROXY_NTLM name=ntlm
https_port 127.0.0.1:$P_PROXY_TLS name=tls tls-cert=$TB/tls/server.crt tls-key=$TB/tls/server.key
http_port 127.0.0.1:$P_WEB_NTLM accel vhost name=web-ntlm
http_port 127.0.0.1:$P_WEB_MULTI accel vhost name=web-multi
cache_peer 127.0.0.1 parent $P_WEB 0 no-query originserver name=apache login=PASS connection-auth=off

# tokens of Kerberos go to the one helper, raw ones of NTLM to the other
auth_param negotiate program /usr/lib/squid/negotiate_wrapper_auth --ntlm $samba --helper-protocol=gss-spnego --kerberos /usr/lib/squid/negotiate_kerberos_auth -k $TB/krb5/http.keytab -s GSS_C_NO_NAME
auth_param negotiate children 10 startup=1 idle=1
auth_param ntlm program $samba --helper-protocol=squid-2.5-ntlmssp
auth_param ntlm children 10 startup=1 idle=1
auth_param digest program /usr/lib/squid/digest_file_auth $TB/web/digest-plain
auth_param digest realm testbed-proxy
auth_param basic program /usr/lib/squid/basic_ncsa_auth $TB/web/htpasswd
auth_param basic realm testbed-proxy

acl loop dst 127.0.0.0/8
acl open myportname plain tls
acl basic myportname basic
acl digest myportname digest
acl negotiate myportname negotiate
acl ntlm myportname ntlm web-ntlm
acl multi myportname web-multi
acl web myportname web-ntlm web-multi
acl known proxy_auth REQUIRED
auth_schemes basic basic
auth_schemes digest digest
auth_schemes negotiate,basic negotiate
auth_schemes ntlm ntlm
auth_schemes negotiate,ntlm,basic multi
cache_peer_access apache allow web
cache_peer_access apache deny all
never_direct allow web
always_direct deny web
request_header_add X-Remote-User "%un" web
http_access deny !loop
http_access allow open
http_access allow known
http_access deny all

cache deny all
cache_mem 8 MB
logformat tb {"port":%lp,"connection":%>p,"user":"%un","method":"%rm","target":"%ru","status":%>Hs,"result":"%Ss","agent":"%#{User-Agent}>h"}
access_log stdio:$LOG/squid-access.log tb
cache_log $LOG/squid-cache.log
coredump_dir $TB/squid
pid_filename $RUN/squid.own
hosts_file $TB/squid/hosts
dns_nameservers 127.0.0.1
dns_timeout 1 second
tcp_outgoing_address 127.0.0.1
udp_incoming_address 127.0.0.1
udp_outgoing_address 127.0.0.1
icp_port 0
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname squid.testbed.test
CNF
