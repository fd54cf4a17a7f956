import type ffi from 'node:ffi';

const pointer = 'pointer';
const int = 'i32';

/** A function that answers an int, with arguments of these kinds. */
function ints<const A extends readonly ffi.ArgumentType[]>(...args: A) {
  return { arguments: args, return: 'i32' } as const;
}

/** A function that answers a pointer. */
function pointers<const A extends readonly ffi.ArgumentType[]>(...args: A) {
  return { arguments: args, return: 'pointer' } as const;
}

/** A function that answers nothing. */
function voids<const A extends readonly ffi.ArgumentType[]>(...args: A) {
  return { arguments: args, return: 'void' } as const;
}

/** Options are 64 bits, of which we use the lower ones. */
const options = { arguments: [pointer, 'u64'], return: 'u64' } as const;
const control = { arguments: [pointer, int, 'i64', pointer], return: 'i64' } as const;

const contextSignatures = {
  TLS_method: pointers(),
  SSL_CTX_new: pointers(pointer),
  SSL_CTX_free: voids(pointer),
  SSL_CTX_ctrl: control,
  SSL_CTX_callback_ctrl: { arguments: [pointer, int, pointer], return: 'i64' },
  SSL_CTX_set_options: options,
  SSL_CTX_clear_options: options,
  SSL_CTX_set_security_level: voids(pointer, int),
  SSL_CTX_set_cipher_list: ints(pointer, 'string'),
  SSL_CTX_set_ciphersuites: ints(pointer, 'string'),
  SSL_CTX_get_ciphers: pointers(pointer),
  SSL_CTX_set_verify: voids(pointer, int, pointer),
  SSL_CTX_set_verify_depth: voids(pointer, int),
  SSL_CTX_set_cert_verify_callback: voids(pointer, pointer, pointer),
  SSL_CTX_set_alpn_select_cb: voids(pointer, pointer, pointer),
  SSL_CTX_set_alpn_protos: ints(pointer, pointer, 'u32'),
  SSL_CTX_set_client_hello_cb: voids(pointer, pointer, pointer),
  SSL_CTX_set_keylog_callback: voids(pointer, pointer),
  SSL_CTX_sess_set_new_cb: voids(pointer, pointer),
  SSL_CTX_set_tlsext_ticket_key_evp_cb: ints(pointer, pointer),
  SSL_CTX_set_session_id_context: ints(pointer, pointer, 'u32'),
  SSL_CTX_set_num_tickets: ints(pointer, 'u64'),
  SSL_CTX_set_timeout: { arguments: [pointer, 'i64'], return: 'i64' },
  SSL_CTX_get_cert_store: pointers(pointer),
  SSL_CTX_set_client_CA_list: voids(pointer, pointer),
  SSL_CTX_use_certificate: ints(pointer, pointer),
  SSL_CTX_use_PrivateKey: ints(pointer, pointer),
} as const;

const connectionSignatures = {
  SSL_new: pointers(pointer),
  SSL_free: voids(pointer),
  SSL_ctrl: control,
  SSL_set_bio: voids(pointer, pointer, pointer),
  SSL_set_accept_state: voids(pointer),
  SSL_set_connect_state: voids(pointer),
  SSL_do_handshake: ints(pointer),
  SSL_read: ints(pointer, pointer, int),
  SSL_write: ints(pointer, pointer, int),
  SSL_shutdown: ints(pointer),
  SSL_get_error: ints(pointer, int),
  SSL_set_cipher_list: ints(pointer, 'string'),
  SSL_set_ciphersuites: ints(pointer, 'string'),
  SSL_set_verify: voids(pointer, int, pointer),
  SSL_set_alpn_protos: ints(pointer, pointer, 'u32'),
  SSL_set_SSL_CTX: pointers(pointer, pointer),
  SSL_set_session: ints(pointer, pointer),
  SSL_version: ints(pointer),
  SSL_session_reused: { arguments: [pointer], return: 'i64' },
  SSL_get_current_cipher: pointers(pointer),
  SSL_get_pending_cipher: pointers(pointer),
  SSL_CIPHER_get_name: { arguments: [pointer], return: 'pointer' },
  SSL_CIPHER_get_protocol_id: { arguments: [pointer], return: 'u16' },
  SSL_get0_group_name: pointers(pointer),
  SSL_get_peer_signature_type_nid: ints(pointer, pointer),
  SSL_get0_alpn_selected: voids(pointer, pointer, pointer),
  SSL_get_servername: pointers(pointer, int),
  SSL_new_session_ticket: ints(pointer),
  SSL_get_session: pointers(pointer),
  SSL_SESSION_get_id: pointers(pointer, pointer),
  SSL_SESSION_free: voids(pointer),
  SSL_SESSION_get_protocol_version: ints(pointer),
  SSL_SESSION_is_resumable: ints(pointer),
  SSL_get_verify_result: { arguments: [pointer], return: 'i64' },
  SSL_get0_peer_certificate: pointers(pointer),
  SSL_get_peer_cert_chain: pointers(pointer),
  SSL_client_hello_get0_ext: ints(pointer, 'u32', pointer, pointer),
  SSL_client_hello_get0_ciphers: { arguments: [pointer, pointer], return: 'u64' },
  SSL_client_hello_get0_legacy_version: { arguments: [pointer], return: 'u32' },
} as const;

const bioSignatures = {
  BIO_new: pointers(pointer),
  BIO_s_mem: pointers(),
  BIO_new_mem_buf: pointers(pointer, int),
  BIO_free: ints(pointer),
  BIO_up_ref: ints(pointer),
  BIO_ctrl: control,
  BIO_set_flags: voids(pointer, int),
  BIO_write: ints(pointer, pointer, int),
  BIO_read: ints(pointer, pointer, int),
} as const;

const certificateSignatures = {
  PEM_read_bio_X509: pointers(pointer, pointer, pointer, pointer),
  PEM_read_bio_X509_AUX: pointers(pointer, pointer, pointer, pointer),
  PEM_read_bio_PrivateKey: pointers(pointer, pointer, pointer, pointer),
  PEM_X509_INFO_read_bio: pointers(pointer, pointer, pointer, pointer),
  X509_INFO_free: voids(pointer),
  d2i_PKCS12_bio: pointers(pointer, pointer),
  PKCS12_parse: ints(pointer, 'string', pointer, pointer, pointer),
  PKCS12_free: voids(pointer),
  d2i_X509: pointers(pointer, pointer, 'i64'),
  i2d_X509: ints(pointer, pointer),
  X509_free: voids(pointer),
  X509_up_ref: ints(pointer),
  X509_get0_pubkey: pointers(pointer),
  X509_check_private_key: ints(pointer, pointer),
  X509_get_subject_name: pointers(pointer),
  X509_get_issuer_name: pointers(pointer),
  X509_NAME_print_ex: ints(pointer, pointer, int, 'u64'),
  X509_NAME_dup: pointers(pointer),
  X509_NAME_free: voids(pointer),
  X509_NAME_cmp: ints(pointer, pointer),
  EVP_PKEY_free: voids(pointer),
  EVP_PKEY_get_base_id: ints(pointer),
  EVP_PKEY_get_bits: ints(pointer),
  EVP_PKEY_get_group_name: ints(pointer, pointer, 'u64', pointer),
  EVP_sha256: pointers(),
  EVP_sha1: pointers(),
  EVP_Digest: ints(pointer, 'u64', pointer, pointer, pointer, pointer),
  OPENSSL_sk_num: ints(pointer),
  OPENSSL_sk_value: pointers(pointer, int),
  OPENSSL_sk_new_null: pointers(),
  OPENSSL_sk_push: ints(pointer, pointer),
  OPENSSL_sk_free: voids(pointer),
} as const;

const verificationSignatures = {
  X509_STORE_new: pointers(),
  X509_STORE_free: voids(pointer),
  X509_STORE_add_cert: ints(pointer, pointer),
  X509_STORE_add_crl: ints(pointer, pointer),
  X509_STORE_set_flags: ints(pointer, 'u64'),
  X509_verify_cert: ints(pointer),
  X509_verify_cert_error_string: pointers('i64'),
  X509_STORE_CTX_new: pointers(),
  X509_STORE_CTX_init: ints(pointer, pointer, pointer, pointer),
  X509_STORE_CTX_free: voids(pointer),
  X509_STORE_CTX_get_error: ints(pointer),
  X509_STORE_CTX_set_error: voids(pointer, int),
  X509_STORE_CTX_get_error_depth: ints(pointer),
  X509_get_key_usage: ints(pointer),
  X509_STORE_CTX_get0_cert: pointers(pointer),
  X509_STORE_CTX_get0_chain: pointers(pointer),
  X509_STORE_CTX_get0_untrusted: pointers(pointer),
  X509_STORE_CTX_get0_store: pointers(pointer),
  X509_STORE_CTX_get0_param: pointers(pointer),
  X509_STORE_CTX_get_current_cert: pointers(pointer),
  X509_STORE_CTX_set_verify_cb: voids(pointer, pointer),
  X509_VERIFY_PARAM_set1: ints(pointer, pointer),
} as const;

const miscellaneousSignatures = {
  ERR_get_error: { arguments: [], return: 'u64' },
  ERR_peek_last_error: { arguments: [], return: 'u64' },
  ERR_clear_error: voids(),
  ERR_reason_error_string: pointers('u64'),
  ERR_lib_error_string: pointers('u64'),
  CRYPTO_malloc: pointers('u64', pointer, int),
  CRYPTO_free: voids(pointer, pointer, int),
  RAND_bytes: ints(pointer, int),
  EVP_aes_256_cbc: pointers(),
  EVP_EncryptInit_ex: ints(pointer, pointer, pointer, pointer, pointer),
  EVP_DecryptInit_ex: ints(pointer, pointer, pointer, pointer, pointer),
  EVP_MAC_init: ints(pointer, pointer, 'u64', pointer),
} as const;

const signatures = {
  ...contextSignatures,
  ...connectionSignatures,
  ...bioSignatures,
  ...certificateSignatures,
  ...verificationSignatures,
  ...miscellaneousSignatures,
} as const;

type Signatures = typeof signatures;
export type Functions = ffi.WrappedFunctionsFromDefinitions<Signatures>;

/** The functions of the OpenSSL in this very process. What takes only pointers and ints is fast enough for each record. */
export function openFunctions(library: ffi.DynamicLibrary): Functions {
  return library.getFunctions(signatures as ffi.FunctionDefinitions & Signatures);
}
