# A directory with alice in it.
cat >"$TB/ldap/slapd.conf" <<CNF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $RUN/slapd.own
TLSCertificateFile $TB/tls/server.crt
TLSCertificateKeyFile $TB/tls/server.key
TLSCACertificateFile $TB/tls/ca.crt
database mdb
suffix dc=testbed,dc=test
rootdn cn=admin,dc=testbed,dc=test
rootpw ldap-admin-1
directory $TB/ldap/db
maxsize 33554432
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous none
CNF
if ! [ -e "$TB/ldap/done" ]; then
  rm -f "$TB"/ldap/db/*
  slapadd -f "$TB/ldap/slapd.conf" >>"$LOG/slapadd.log" 2>&1 <<LDIF
dn: dc=testbed,dc=test
objectClass: dcObject
objectClass: organization
o: Testbed
dc: testbed

dn: uid=$U,dc=testbed,dc=test
objectClass: inetOrgPerson
uid: $U
cn: Alice
sn: Liddell
mail: alice@testbed.test
userPassword: $(slappasswd -s "$PW")
LDIF
  touch "$TB/ldap/done"
fi
