# What the scripts of this folder have in common. They set `serial` and `crl_number`, the first numbers that are given, and read it.
# All is signed by `openssl ca` (3.0 or newer), and valid from 2020 to 2120 unless told otherwise. The certificates are
# committed: tests need no such command, and recorded answers hold their digests, so make anew only what has to change.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index.txt"
echo "${serial:?}" >"$work/serial"
echo "${crl_number:?}" >"$work/crlnumber"
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
rsa() { openssl genrsa "${2:-2048}" 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$1-key.pem"; }

# sign_request NAME ISSUER EXTENSIONS [START END [OPTION]]: NAME-key.pem and $work/NAME.csr are there; ISSUER = self for a root.
sign_request() {
  printf '%b' "$3" >"$work/$1.ext"
  issuer="-cert $2.pem -keyfile $2-key.pem"
  [ "$2" = self ] && issuer="-selfsign -keyfile $1-key.pem"
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" $issuer -in "$work/$1.csr" -out "$1.pem" \
    -startdate "${4:-20200101000000Z}" -enddate "${5:-21200101000000Z}" -extfile "$work/$1.ext" ${6:-} 2>/dev/null
}

# sign NAME SUBJECT ISSUER EXTENSIONS [START END]: the same with a subject on one line.
sign() {
  openssl req -new -config "$work/ca.cnf" -key "$1-key.pem" -subj "$2" -out "$work/$1.csr"
  sign_request "$1" "$3" "$4" "${5:-}" "${6:-}"
}

# revoke ISSUER NAME; crl ISSUER NAME UNTIL.
revoke() { openssl ca -config "$work/ca.cnf" -cert "$1.pem" -keyfile "$1-key.pem" -revoke "$2.pem" 2>/dev/null; }
crl() {
  openssl ca -config "$work/ca.cnf" -cert "$1.pem" -keyfile "$1-key.pem" -gencrl -crl_lastupdate 20200101000000Z \
    -crl_nextupdate "$3" -out "$2.pem" 2>/dev/null
}

# staple NAME FILE OPTION…: an OCSP response for a certificate of the root.
staple() {
  certificate=$1 file=$2
  shift 2
  openssl ocsp -index "$work/index.txt" -CA ca.pem -rsigner ca.pem -rkey ca-key.pem -issuer ca.pem -cert "$certificate.pem" \
    "$@" -respout "$file.der" >/dev/null 2>&1
}

authority='basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
