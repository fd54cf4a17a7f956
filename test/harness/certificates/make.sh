#!/bin/sh
# Makes all certificates of the tests anew, with the openssl command (3.0 or newer): sh make.sh
# First the authorities, and what listeners and their clients need most; the other scripts go on from there.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem ./*.p12 ./*.der
serial=1000 crl_number=01
. ./set-up.sh

for name in ca other-ca; do
  ec $name
  sign $name "/CN=Test $name" self "$authority"
done
ec intermediate
sign intermediate '/CN=Test intermediate' ca "$authority"

ec server
sign server '/O=Tests/CN=server' ca 'subjectAltName=DNS:server.example,DNS:*.wild.example,IP:127.0.0.1,URI:spiffe://test/server\n'
rsa server-rsa
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
rsa rsa-1024 1024
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

revoke ca revoked-client
crl ca crl 21200101000000Z

openssl pkcs8 -topk8 -in server-key.pem -passout pass:secret -out server-key-encrypted.pem
openssl ec -in server-key.pem -aes256 -passout pass:secret -out server-key-encrypted-pkcs1.pem 2>/dev/null
openssl pkcs12 -export -inkey server-key.pem -in server.pem -certfile ca.pem -passout pass:secret -out server.p12
staple server server-ocsp -ndays 36500
staple must-staple must-staple-ocsp -ndays 36500

sh make-more.sh
sh make-odd.sh
