#!/bin/sh
# Makes the certificates of the tests anew, with the openssl command (3.0 or newer): sh make.sh
# They are committed, so that tests need no such command. All are valid from 2020 to 2120, but for `expired`.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem ./*.p12 ./*.der
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index.txt"
echo 1000 >"$work/serial"
echo 01 >"$work/crlnumber"
cat >"$work/ca.cnf" <<CONF
[ca]
default_ca = d
[d]
database = $work/index.txt
serial = $work/serial
crlnumber = $work/crlnumber
new_certs_dir = $work
default_md = sha256
policy = p
email_in_dn = no
unique_subject = no
copy_extensions = none
[p]
commonName = optional
organizationName = optional
[req]
distinguished_name = dn
[dn]
CONF

ec() { openssl ecparam -name "${2:-prime256v1}" -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1-key.pem"; }

# sign NAME SUBJECT ISSUER EXTENSIONS [START END]: NAME-key.pem is there; ISSUER = self for a root.
sign() {
  printf '%b' "$4" >"$work/$1.ext"
  openssl req -new -config "$work/ca.cnf" -key "$1-key.pem" -subj "$2" -out "$work/$1.csr"
  issuer="-cert $3.pem -keyfile $3-key.pem"
  [ "$3" = self ] && issuer="-selfsign -keyfile $1-key.pem"
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" $issuer -in "$work/$1.csr" -out "$1.pem" \
    -startdate "${5:-20200101000000Z}" -enddate "${6:-21200101000000Z}" -extfile "$work/$1.ext" 2>/dev/null
}

authority='basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
for name in ca other-ca; do
  ec $name
  sign $name "/CN=Test $name" self "$authority"
done
ec intermediate
sign intermediate '/CN=Test intermediate' ca "$authority"

ec server
sign server '/O=Tests/CN=server' ca 'subjectAltName=DNS:server.example,DNS:*.wild.example,IP:127.0.0.1,URI:spiffe://test/server\n'
openssl genrsa 2048 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out server-rsa-key.pem
sign server-rsa '/CN=server-rsa' ca 'subjectAltName=DNS:server.example,DNS:rsa.example\n'
ec server-p384 secp384r1
sign server-p384 '/CN=server-p384' ca 'subjectAltName=DNS:p384.example\n'
openssl genpkey -algorithm ed25519 -out server-ed25519-key.pem
sign server-ed25519 '/CN=ed25519.example' ca 'basicConstraints=CA:false\n'
ec server-chain
sign server-chain '/CN=chain.example' intermediate 'basicConstraints=CA:false\n'
cat intermediate.pem >>server-chain.pem
ec must-staple
sign must-staple '/CN=staple.example' ca 'tlsfeature=status_request\n'
ec other-server
sign other-server '/CN=other.example' other-ca 'subjectAltName=DNS:other.example\n'
openssl genrsa 1024 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out rsa-1024-key.pem
sign rsa-1024 '/CN=weak' ca 'basicConstraints=CA:false\n'
ec nameless
sign nameless '/' ca 'basicConstraints=CA:false\n'

ec client
sign client '/O=Tests/CN=client' ca 'subjectAltName=DNS:client.example,DNS:*.c.example,URI:spiffe://test/client,email:client@example.com,IP:10.1.2.3,IP:2001:db8::1,otherName:1.2.3.4;UTF8:other\nextendedKeyUsage=clientAuth\n'
ec untrusted-client
sign untrusted-client '/CN=untrusted' other-ca 'subjectAltName=DNS:client.example\n'
ec expired-client
sign expired-client '/CN=expired' ca 'subjectAltName=DNS:client.example\n' 20190101000000Z 20200101000000Z
ec revoked-client
sign revoked-client '/CN=revoked' ca 'subjectAltName=DNS:client.example\n'
ec chained-client
sign chained-client '/CN=chained' intermediate 'subjectAltName=DNS:client.example\n'
cat intermediate.pem >>chained-client.pem

openssl ca -config "$work/ca.cnf" -cert ca.pem -keyfile ca-key.pem -revoke revoked-client.pem 2>/dev/null
openssl ca -config "$work/ca.cnf" -cert ca.pem -keyfile ca-key.pem -gencrl -crl_lastupdate 20200101000000Z \
  -crl_nextupdate 21200101000000Z -out crl.pem 2>/dev/null

openssl pkcs8 -topk8 -in server-key.pem -passout pass:secret -out server-key-encrypted.pem
openssl ec -in server-key.pem -aes256 -passout pass:secret -out server-key-encrypted-pkcs1.pem 2>/dev/null
openssl pkcs12 -export -inkey server-key.pem -in server.pem -certfile ca.pem -passout pass:secret -out server.p12
openssl ocsp -index "$work/index.txt" -CA ca.pem -rsigner ca.pem -rkey ca-key.pem -issuer ca.pem -cert server.pem \
  -ndays 36500 -respout server-ocsp.der >/dev/null 2>&1
openssl ocsp -index "$work/index.txt" -CA ca.pem -rsigner ca.pem -rkey ca-key.pem -issuer ca.pem -cert must-staple.pem \
  -ndays 36500 -respout must-staple-ocsp.der >/dev/null 2>&1

sh make-more.sh
