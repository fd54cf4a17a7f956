#!/bin/sh
# Makes the certificates of the tests anew. Recorded answers hold their digests: record those anew as well.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
valid='-startdate 20200101000000Z -enddate 20700101000000Z'

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1-key.pem"; }

# issue NAME ISSUER SERIAL SUBJECT EXTENSIONS: signs NAME.pem with ISSUER's key; itself when both are the same.
issue() {
  : >"$work/index"
  echo "$3" >"$work/serial"
  cat >"$work/cnf" <<CNF
[ca]
default_ca = d
[d]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = p
[p]
commonName = optional
CNF
  printf '%b' "$5" >"$work/ext"
  openssl req -new -key "$1-key.pem" -subj "$4" -out "$work/csr"
  self=-cert
  [ "$1" != "$2" ] || self='-selfsign -cert'
  # shellcheck disable=SC2086
  openssl ca -batch -config "$work/cnf" $self "$2.pem" -keyfile "$2-key.pem" -in "$work/csr" -out "$1.pem" -notext \
    -preserveDN -extfile "$work/ext" $valid 2>/dev/null
}

ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
leaf='basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n'

key ca && issue ca ca 0A0001 '/O=Nuncio/CN=Test CA' "$ca"
key other-ca && issue other-ca other-ca 0B0001 '/O=Elsewhere/CN=Other CA' "$ca"
key intermediate && issue intermediate ca 0A0002 '/O=Nuncio/CN=Test Intermediate' "$ca"

key server && issue server ca 0A0003 '/O=Nuncio/OU=Tests/CN=server' \
  "${leaf}subjectAltName=DNS:a.test,DNS:*.b.test,URI:spiffe://nuncio.test/server,IP:127.0.0.1,IP:::1\n"
openssl genrsa -out server-rsa-key.pem 2048 2>/dev/null
issue server-rsa ca 0A0004 '/O=Nuncio/CN=server rsa' "${leaf}subjectAltName=DNS:a.test,DNS:rsa.test\n"

sans='URI:spiffe://nuncio.test/client,URI:https://nuncio.test/c,DNS:client.test,DNS:*.client.test'
sans="$sans,email:one@nuncio.test,IP:10.0.0.1,IP:2001:db8::1,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:one@upn.test"
key client && issue client ca 0A0005 \
  '/C=CH/ST=Bern/L=Thun/O=Nuncio, Ltd/OU=A\+B/CN=client "one"/emailAddress=one@nuncio.test' "${leaf}subjectAltName=$sans\n"
key client-plain && issue client-plain ca 0A0006 '/CN=plain client' "$leaf"
key client-deep && issue client-deep intermediate 0A0007 '/O=Nuncio/CN=deep client' \
  "${leaf}subjectAltName=URI:spiffe://nuncio.test/deep\n"
cat client-deep.pem intermediate.pem >client-deep-chain.pem
key client-other && issue client-other other-ca 0B0002 '/O=Elsewhere/CN=other client' \
  "${leaf}subjectAltName=URI:spiffe://elsewhere.test/client\n"
valid='-startdate 20200101000000Z -enddate 20210101000000Z'
key client-expired && issue client-expired ca 0A0008 '/CN=expired client' "$leaf"
rm other-ca-key.pem intermediate-key.pem
chmod 644 ./*.pem
