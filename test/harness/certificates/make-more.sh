#!/bin/sh
# Makes the certificates that are about usage, depth, revocation and SPIFFE, signed by the authorities of make.sh: sh make-more.sh
set -eu
cd "$(dirname "$0")"
serial=3000 crl_number=11
. ./set-up.sh

name='basicConstraints=CA:false\nsubjectAltName=DNS:a.test\n'
for key in rsa ec; do
  for usage in digitalSignature keyEncipherment keyAgreement; do
    $key usage-$key-$usage
    sign usage-$key-$usage "/CN=$key $usage" ca "${name}keyUsage=$usage\n"
  done
done
for purpose in serverAuth clientAuth codeSigning; do
  ec purpose-$purpose
  sign purpose-$purpose "/CN=$purpose" ca "${name}extendedKeyUsage=$purpose\n"
done

ec intermediate-2
sign intermediate-2 '/CN=Test intermediate 2' intermediate "$authority"
ec deep
sign deep '/CN=deep' intermediate-2 "$name"
cat intermediate-2.pem intermediate.pem >>deep.pem
cat intermediate.pem ca.pem >intermediates.pem

# Revoked: an intermediate authority by the root, a leaf by the intermediate.
ec revoked-leaf
sign revoked-leaf '/CN=revoked leaf' intermediate "$name"
ec revoked-intermediate
sign revoked-intermediate '/CN=Revoked intermediate' ca "$authority"
ec under-revoked
sign under-revoked '/CN=under revoked' revoked-intermediate "$name"
cat revoked-intermediate.pem >>under-revoked.pem
revoke ca revoked-intermediate
crl ca crl-of-ca 21200101000000Z
revoke intermediate revoked-leaf
crl intermediate crl-of-intermediate 21200101000000Z
crl ca crl-expired 20210101000000Z
cat revoked-leaf.pem intermediate.pem >"$work/chain" && cp "$work/chain" revoked-leaf.pem
cat crl-of-ca.pem crl-of-intermediate.pem >crl-of-both.pem
cat ca.pem crl-of-ca.pem >ca-with-crl.pem

svid() { # NAME URIS ISSUER EXTENSIONS [END]
  ec "$1"
  sign "$1" "/O=Tests/CN=$1" "$3" "subjectAltName=$2\n$4" "" "${5:-}"
}
leaf='basicConstraints=CA:false\nkeyUsage=digitalSignature\n'
svid svid-a 'URI:spiffe://a.test/one,DNS:svid.test' ca "$leaf"
svid svid-b 'URI:spiffe://b.test/one' other-ca "$leaf"
svid svid-a-by-other 'URI:spiffe://a.test/one' other-ca "$leaf"
svid svid-deep 'URI:spiffe://a.test/deep' intermediate "$leaf"
cat intermediate.pem >>svid-deep.pem
svid svid-ca 'URI:spiffe://a.test/ca' ca "$authority"
svid svid-signs 'URI:spiffe://a.test/signs' ca 'basicConstraints=CA:false\nkeyUsage=digitalSignature,keyCertSign\n'
svid svid-expired 'URI:spiffe://a.test/old' ca "$leaf" 20210101000000Z
svid svid-no-path 'URI:spiffe://a.test' ca "$leaf"
svid svid-other-scheme 'URI:https://a.test/one' ca "$leaf"
svid svid-unknown 'URI:spiffe://c.test/one' ca "$leaf"
svid svid-two 'URI:https://x.test/,URI:spiffe://a.test/two' ca "$leaf"
svid svid-dns 'DNS:a.test' ca "$leaf"
svid svid-upper 'URI:spiffe://A.test/one' ca "$leaf"

staple server server-ocsp-short -nmin 1
