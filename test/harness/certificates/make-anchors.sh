#!/bin/sh
# Makes authorities that say of themselves what would keep them from being one, and who they signed: sh make-anchors.sh
set -eu
cd "$(dirname "$0")"
serial=7000 crl_number=31
. ./set-up.sh

leaf='basicConstraints=CA:false\nsubjectAltName=DNS:a.test\n'

# A root that allows no authority below it, and one there.
ec anchor-root
sign anchor-root '/CN=Anchor root' self 'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
ec anchor-middle
sign anchor-middle '/CN=Anchor middle' anchor-root "$authority"
ec anchor-client
sign anchor-client '/CN=anchor client' anchor-middle "$leaf"
cat anchor-middle.pem >>anchor-client.pem

# Roots that are no authority, or one of servers, or may not sign.
for kind in none serverAuth unsigned; do
  case $kind in
    none) extensions='basicConstraints=CA:false\n' ;;
    serverAuth) extensions="${authority}extendedKeyUsage=serverAuth\n" ;;
    unsigned) extensions='basicConstraints=critical,CA:true\nkeyUsage=cRLSign\n' ;;
  esac
  ec "anchor-$kind"
  sign "anchor-$kind" "/CN=Anchor $kind" self "$extensions"
  ec "anchor-$kind-client"
  sign "anchor-$kind-client" "/CN=anchor $kind client" "anchor-$kind" "$leaf"
done

ec future-client
sign future-client '/CN=future client' ca "$leaf" 21100101000000Z
ec client-p384 secp384r1
sign client-p384 '/CN=client p384' ca "$leaf"
ec client-p521 secp521r1
sign client-p521 '/CN=client p521' ca "$leaf"
