# A realm of its own: people, services, keytabs, and accounts that cannot log in.
cd "$TB/krb5"
cat >krb5.conf <<CNF
[libdefaults]
  default_realm = $REALM
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_uri_lookup = false
  dns_canonicalize_hostname = false
  qualify_shortname = ""
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = 7d
[realms]
  $REALM = {
    kdc = 127.0.0.1:$P_KDC
    admin_server = 127.0.0.1:$P_KADMIN
    kpasswd_server = 127.0.0.1:$P_KPASSWD
  }
[domain_realm]
  localhost = $REALM
  127.0.0.1 = $REALM
  .testbed.test = $REALM
CNF
# as many a real machine has it: names of hosts go through DNS
printf '[libdefaults]\n  dns_canonicalize_hostname = true\n  rdns = true\n' >canonical.conf
# a realm whose server is not there
sed "s/:$P_KDC/:9/" krb5.conf >unreachable.conf
cat >kdc.conf <<CNF
[kdcdefaults]
  kdc_listen = 127.0.0.1:$P_KDC
  kdc_tcp_listen = 127.0.0.1:$P_KDC
[realms]
  $REALM = {
    database_name = $TB/krb5/principal
    key_stash_file = $TB/krb5/stash
    acl_file = $TB/krb5/kadm5.acl
    kadmind_listen = 127.0.0.1:$P_KADMIN
    kpasswd_listen = 127.0.0.1:$P_KPASSWD
    max_life = 7d
  }
[logging]
  kdc = FILE:$LOG/kdc-requests.log
  admin_server = FILE:$LOG/kadmin-requests.log
CNF
echo "admin/admin@$REALM *" >kadm5.acl
export KRB5_CONFIG=$TB/krb5/krb5.conf KRB5_KDC_PROFILE=$TB/krb5/kdc.conf KRB5RCACHEDIR=$TB/rcache
principals() {
  echo 'addprinc -pw admin-secret-1 admin/admin'
  for person in $PEOPLE; do
    echo "addprinc -pw $(password "$person") $person"
    echo "ktadd -norandkey -k $TB/krb5/people.keytab $person"
  done
  echo "ktadd -norandkey -k $TB/krb5/alice.keytab alice"
  echo "addprinc -pw $PW -pwexpire 2020-01-01 bob-expired"
  echo "addprinc -pw $PW -maxlife 3s carol-brief"
  echo "addprinc -pw $PW -allow_tix dave-locked"
  for host in localhost "$NAME"; do
    echo "addprinc -randkey HTTP/$host"
    echo "ktadd -k $TB/krb5/http.keytab HTTP/$host"
  done
}
if ! [ -e done ]; then
  rm -f principal* stash ./*.keytab
  { kdb5_util create -s -r "$REALM" -P master-secret-1 && principals | kadmin.local -r "$REALM"; } >>"$LOG/kdb.log" 2>&1
  chmod a+r ./*.keytab
  touch done
fi
