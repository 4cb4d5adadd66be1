# An authority with an intermediate one, one that nobody trusts, servers' certificates with every fault, and clients'.
cd "$TB/tls"
settings() {
  cat <<'CNF'
[ca]
default_ca = own
[own]
dir = .
database = issued.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = new
certificate = ca.crt
private_key = ca.key
default_md = sha256
default_days = 3650
default_crl_days = 3650
policy = anyone
copy_extensions = copy
unique_subject = no
x509_extensions = leaf
[anyone]
organizationName = optional
commonName = supplied
[leaf]
basicConstraints = CA:false
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[issuing]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CNF
}
key() { [ -e "$1.key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
authority() { # NAME SUBJECT
  key "$1"
  openssl req -x509 -new -key "$1.key" -days 3650 -subj "$2" -out "$1.crt" -addext keyUsage=critical,keyCertSign,cRLSign
}
certificate() { # NAME SUBJECT ALTERNATIVE-NAMES USAGE [options of openssl ca]
  local name=$1 subject=$2 names=$3 usage=$4
  shift 4
  key "$name"
  openssl req -new -key "$name.key" -subj "$subject" ${names:+-addext "subjectAltName=$names"} -addext "extendedKeyUsage=$usage" -out "$name.csr"
  openssl ca -batch -notext -config ca.cnf "$@" -in "$name.csr" -out "$name.crt"
}
make_certificates() {
  local here="DNS:localhost,DNS:$NAME,IP:127.0.0.1,IP:::1" elsewhere="-cert otherca.crt -keyfile otherca.key"
  authority ca '/O=Testbed/CN=Testbed Root CA'
  authority otherca '/O=Elsewhere/CN=Untrusted CA'
  certificate server /O=Testbed/CN=localhost "$here" serverAuth
  certificate expired /O=Testbed/CN=localhost "$here" serverAuth -startdate 20200101000000Z -enddate 20210101000000Z
  certificate wronghost /O=Testbed/CN=wrong.testbed.test DNS:wrong.testbed.test serverAuth
  certificate revoked /O=Testbed/CN=localhost "$here" serverAuth
  openssl ca -config ca.cnf -revoke revoked.crt
  openssl ca -config ca.cnf -gencrl -out ca.crl
  key selfsigned
  openssl req -x509 -new -key selfsigned.key -days 3650 -subj /CN=localhost -addext "subjectAltName=$here" -out selfsigned.crt
  certificate otherserver /O=Elsewhere/CN=localhost "$here" serverAuth $elsewhere
  key issuing
  openssl req -new -key issuing.key -subj '/O=Testbed/CN=Testbed Issuing CA' -out issuing.csr
  openssl ca -batch -notext -config ca.cnf -extensions issuing -in issuing.csr -out issuing.crt
  certificate chained /O=Testbed/CN=localhost "$here" serverAuth -cert issuing.crt -keyfile issuing.key
  cat chained.crt issuing.crt >chained-chain.crt

  # alice's key is RSA, so that the old encrypted form of keys can hold it. Servers do not trust who signed for mallory.
  openssl genrsa -out client.key 2048
  certificate client /O=Testbed/CN=alice email:alice@testbed.test clientAuth
  certificate rogue /O=Elsewhere/CN=mallory '' clientAuth $elsewhere
  openssl pkcs8 -topk8 -v2 aes-256-cbc -in client.key -passout pass:key-secret-1 -out client-encrypted.key
  openssl rsa -aes128 -traditional -in client.key -passout pass:key-secret-1 -out client-encrypted-pkcs1.key
  openssl pkcs12 -export -in client.crt -inkey client.key -certfile ca.crt -name alice -passout pass:p12-secret-1 -out client.p12
  openssl pkcs12 -export -legacy -in client.crt -inkey client.key -name alice -passout pass:p12-secret-1 -out client-legacy.p12

  key jwt
  node --input-type=module -e '
    import { createPublicKey } from "node:crypto"
    import { readFileSync } from "node:fs"
    const key = createPublicKey(readFileSync("jwt.key")).export({ format: "jwk" })
    console.log(JSON.stringify({ keys: [{ ...key, kid: "svc", alg: "ES256", use: "sig" }] }))' >client-jwks.json
}
if ! [ -e done ]; then
  rm -rf ./*
  mkdir new
  touch issued.txt
  echo 1000 >serial
  echo 01 >crlnumber
  settings >ca.cnf
  make_certificates 2>>"$LOG/openssl.log"
  # nothing here is worth a secret, and every server has to read it
  chmod a+r ./*
  touch done
fi
