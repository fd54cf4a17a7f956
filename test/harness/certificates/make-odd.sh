#!/bin/sh
# Makes certificates of odd shapes, for what is told of them: sh make-odd.sh
set -eu
cd "$(dirname "$0")"
serial=5000 crl_number=21
. ./set-up.sh

# odd NAME EXTENSIONS [START END]: the lines of its subject come from standard input.
odd() {
  [ -f "$1-key.pem" ] || ec "$1"
  {
    printf '[req]\nprompt=no\nutf8=yes\nstring_mask=%s\ndistinguished_name=dn\n[dn]\n' "${mask:-utf8only}"
    cat
  } >"$work/$1.cnf"
  openssl req -new -utf8 -config "$work/$1.cnf" -key "$1-key.pem" -out "$work/$1.csr"
  sign_request "$1" ca "$2" "${3:-}" "${4:-}" -preserveDN
}
leaf='basicConstraints=CA:false\n'
rm -f odd-*.pem

# All attributes are kept; the script's own policy knows two.
sed -i 's/^\[p\]$/&\ncountryName=optional\nstateOrProvinceName=optional\nlocalityName=optional\norganizationalUnitName=optional\nemailAddress=optional/' "$work/ca.cnf"

ec odd-nameless
sign odd-nameless / ca "${leaf}subjectAltName=critical,DNS:nameless.test\n"
odd odd-utf8 "$leaf" <<'DN'
C=CH
O=Zürich AG
OU=部門
CN=Jürg Müller 🙂
DN
mask=pkix odd odd-bmp "$leaf" <<'DN'
O=Łódź
CN=plain and Ж
DN
mask=default odd odd-t61 "$leaf" <<'DN'
O=Grüße
CN=Æ
DN
odd odd-escapes "$leaf" <<'DN'
O=a\, b+c
OU=<\"\\\;>
1.OU=\#hash
2.OU=\ lead
CN=new\nline=x trailing\ 
DN
odd odd-many "$leaf" <<'DN'
DC=test
1.DC=nuncio
O=one
1.O=two
OU=first
+CN=one\, two
UID=u1
serialNumber=12
1.2.3.4=custom
SN=surname
emailAddress=a@b.test
CN=last
DN
odd odd-long "$leaf" <<'DN'
CN=0123456789012345678901234567890123456789012345678901234567890123
OU=0123456789012345678901234567890123456789012345678901234567890123
DN
odd odd-names "${leaf}subjectAltName=@names\n[names]\nDNS.1=a.test\nDNS.2=*.test\nDNS.3=x\\\\,y\\\\;z=\nDNS.4=UP.Test\nURI.1=https://a.test/?q=\"x\"\\\\,y\\\\;z\nURI.2=urn:x\nemail.1=\"q\"@a.test\nIP.1=::ffff:10.0.0.1\nIP.2=0.0.0.0\nIP.3=::\nIP.4=2001:db8:0:0:1:0:0:1\nRID.1=1.2.3.4\ndirName.1=dir\notherName.1=1.2.3.4;UTF8:ü\notherName.2=1.2.3.5;INTEGER:-129\notherName.3=1.2.3.6;BOOL:TRUE\notherName.4=1.2.3.7;NULL\notherName.5=1.2.3.8;FORMAT:HEX,OCT:00ff\notherName.6=1.2.3.9;FORMAT:UTF8,BMP:bä\notherName.7=1.2.3.10;SEQUENCE:inner\notherName.8=1.2.3.11;OID:1.2.840\notherName.9=1.2.3.12;IA5:ia5\notherName.10=1.2.3.13;ENUM:7\notherName.11=1.2.3.14;FORMAT:BITLIST,BITSTR:1,5\notherName.12=1.2.3.15;UTCTIME:200101000000Z\notherName.13=1.2.3.16;PRINTABLE:print\notherName.14=1.2.3.17;SET:inner\notherName.15=1.2.3.18;GENTIME:20200101000000Z\notherName.16=1.2.3.19;T61:t61\notherName.17=1.2.3.20;FORMAT:UTF8,UNIV:bä\notherName.18=1.2.3.21;NUMERIC:12\notherName.19=1.2.3.22;IMP:1,UTF8:imp\notherName.20=1.2.3.23;VISIBLE:vis\notherName.21=1.2.3.24;GENSTR:gen\n[dir]\nCN=dir\n[inner]\na=UTF8:in\n" <<'DN'
CN=names
DN
odd odd-empty-names "${leaf}subjectAltName=DER:30:00\n" <<'DN'
CN=empty names
DN
odd odd-bad-address "${leaf}subjectAltName=DER:30:0a:87:03:01:02:03:82:00:86:01:00\n" <<'DN'
CN=bad address
DN
odd odd-last-century "$leaf" 19700101000000Z 20491231235959Z <<'DN'
CN=last century
DN
odd odd-far "$leaf" 20500101000000Z 99991231235959Z <<'DN'
CN=far
DN
rsa odd-rsa 3072
odd odd-rsa "$leaf" <<'DN'
CN=rsa
DN
ec odd-p521 secp521r1
odd odd-p521 "$leaf" <<'DN'
CN=p521
DN
openssl genpkey -algorithm ed25519 -out odd-ed25519-key.pem
odd odd-ed25519 "$leaf" <<'DN'
CN=ed25519
DN
echo 00 >"$work/serial"
odd odd-serial-zero "$leaf" <<'DN'
CN=serial zero
DN
echo FEDCBA98765432100123456789ABCDEF01234567 >"$work/serial"
odd odd-serial-long "$leaf" <<'DN'
CN=serial long
DN
cat odd-rsa.pem intermediate-2.pem intermediate.pem ca.pem odd-names.pem >odd-chain.pem
cp odd-rsa-key.pem odd-chain-key.pem
