#!/bin/sh
# Makes the certificates of this folder anew, with OpenSSL 3. The CA's own key is thrown away.
set -eu
keys=$(cd "$(dirname "$0")" && pwd)
cd "$(mktemp -d)"
touch index
cat > ca.cnf <<'END'
[ca]
default_ca = test_only
[test_only]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
default_startdate = 20200101000000Z
default_enddate = 21200101000000Z
[names]
commonName = supplied
[more_names]
organizationName = supplied
commonName = supplied
[authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:workspace.test, IP:127.0.0.1, IP:::1
[own_authority]
basicConstraints = critical, CA:true
subjectAltName = DNS:localhost, DNS:workspace.test, IP:127.0.0.1, IP:::1
[own_authority_other_host]
basicConstraints = critical, CA:true
subjectAltName = DNS:other.test
[nameless]
basicConstraints = critical, CA:false
[other_host]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:other.test
END
sign() {
  openssl ca -config ca.cnf -batch -notext "$@"
}
new_key='openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
$new_key -subj '/CN=lakebase-token test-only CA' -keyout ca.key -out ca.csr
sign -selfsign -extensions authority -keyfile ca.key -in ca.csr -out "$keys/test-only-ca.pem"
by_ca="-cert $keys/test-only-ca.pem -keyfile ca.key -in server.csr"
$new_key -subj '/CN=localhost' -keyout "$keys/test-only-server.key" -out server.csr
sign -extensions server $by_ca -out "$keys/test-only-server.pem"
sign -extensions other_host $by_ca -out "$keys/test-only-other-host.pem"
sign -extensions server -enddate 20210101000000Z $by_ca -out "$keys/test-only-expired.pem"
sign -selfsign -extensions server -keyfile "$keys/test-only-server.key" -in server.csr \
  -out "$keys/test-only-self-signed.pem"
# As `openssl req -x509` makes them.
own="-selfsign -keyfile $keys/test-only-server.key -in server.csr"
sign $own -extensions own_authority -out "$keys/test-only-own-authority.pem"
sign $own -extensions own_authority -enddate 20210101000000Z \
  -out "$keys/test-only-own-authority-expired.pem"
sign $own -extensions own_authority_other_host -out "$keys/test-only-own-authority-other-host.pem"
sign $own -extensions nameless -out "$keys/test-only-nameless.pem"
# Its names obey whoever prints them: clear the screen, set the clipboard, overwrite the line, turn it round.
escapes=$(printf '/O=\033[2J\033[H\033]52;c;Y3VybA==\007Good CA\r\342\200\256live/CN=localhost')
openssl req -new -key "$keys/test-only-server.key" -utf8 -subj "$escapes" -out escapes.csr
sign -selfsign -extensions server -utf8 -policy more_names -keyfile "$keys/test-only-server.key" \
  -in escapes.csr -out "$keys/test-only-escapes.pem"
