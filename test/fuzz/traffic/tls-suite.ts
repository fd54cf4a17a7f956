/** A random suite of handshakes: listeners and clusters with random TLS contexts, and random peers that come to them or are behind them. */

import type { Case, Suite, TlsUpstream } from '../../conformance/case.ts';
import { certificates, file, pemFiles, server, withKeys } from '../../conformance/cases/tls-context.ts';
import { bootstrap, cluster, hcm, listener, to } from '../../conformance/config.ts';
import { get } from '../../conformance/requests.ts';
import type { CertificateName, TlsPeer } from '../../harness/tls-peers.ts';
import type { Dice } from '../../simulation/dice.ts';
import { Dice as SeededDice } from '../../simulation/dice.ts';
import type { SuiteOptions } from './suite.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% %DOWNSTREAM_TLS_GROUP% %DOWNSTREAM_LOCAL_SUBJECT% peer=%DOWNSTREAM_PEER_SUBJECT% issuer=%DOWNSTREAM_PEER_ISSUER% sni=%REQUESTED_SERVER_NAME% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_DETECTED_CLOSE_TYPE% %DOWNSTREAM_LOCAL_CLOSE_REASON%';
const upstreamFormat =
  '%UPSTREAM_TLS_VERSION% %UPSTREAM_TLS_CIPHER% %UPSTREAM_TLS_GROUP% peer=%UPSTREAM_PEER_SUBJECT% local=%UPSTREAM_LOCAL_URI_SAN% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %UPSTREAM_DETECTED_CLOSE_TYPE%';

const servers = ['server', 'server-rsa', 'made/server', 'made/server-p384', 'made/server-chain', 'made/server-ed25519'];
const clients = [
  'client',
  'client-plain',
  'client-other',
  'client-expired',
  ...[
    'client',
    'untrusted-client',
    'revoked-client',
    'chained-client',
    'deep',
    'svid-a',
    'purpose-serverAuth',
    'usage-rsa-keyEncipherment',
    'usage-ec-digitalSignature',
    'odd-nameless',
    'odd-rsa',
    'odd-names',
    'server-p384',
  ].map((name) => `made/${name}`),
] as readonly CertificateName[];
const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-SHA',
];
const groups = ['X25519', 'P-256', 'P-384', 'X25519MLKEM768'];
const signatures = ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256', 'rsa_pkcs1_sha256', 'ecdsa_secp384r1_sha384'];
const names = ['a.test', 'server.example', 'rsa.test', 'p384.example', 'x.wild.example', 'nope'];
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

const some = <T>(dice: Dice, list: readonly T[], least = 1): T[] => {
  const chosen = list.filter(() => dice.chance(0.5));
  return chosen.length >= least ? chosen : [dice.pick(list)];
};

function params(dice: Dice): string {
  const parts: string[] = [];
  if (dice.chance(0.3)) parts.push(`tls_maximum_protocol_version: ${dice.pick(['TLSv1_2', 'TLSv1_3'])}`);
  if (dice.chance(0.1)) parts.push('tls_minimum_protocol_version: TLSv1_2');
  if (dice.chance(0.25)) parts.push(`cipher_suites: ${JSON.stringify(some(dice, ciphers))}`);
  if (dice.chance(0.25)) parts.push(`ecdh_curves: ${JSON.stringify(some(dice, groups))}`);
  if (dice.chance(0.1)) parts.push(`signature_algorithms: ${JSON.stringify(some(dice, signatures, 2))}`);
  return parts.length === 0 ? '' : `, tls_params: {${parts.join(', ')}}`;
}

function validation(dice: Dice): string {
  if (dice.chance(0.3)) return '';
  const parts = [`trusted_ca: ${file(dice.pick(['ca', 'made/ca', 'made/intermediate', 'made/other-ca']))}`];
  if (dice.chance(0.2)) parts.push('trust_chain_verification: ACCEPT_UNTRUSTED');
  if (dice.chance(0.2)) parts.push('allow_expired_certificate: true');
  if (dice.chance(0.15)) parts.push(`max_verify_depth: ${dice.pick([0, 1, 2])}`);
  if (dice.chance(0.2)) parts.push(`crl: ${file(dice.pick(['made/crl', 'made/crl-of-both']))}`);
  if (dice.chance(0.15)) parts.push('only_verify_leaf_cert_crl: true');
  if (dice.chance(0.3)) {
    const [type, matcher] = dice.pick([
      ['DNS', 'exact: client.example'],
      ['DNS', 'suffix: .example'],
      ['URI', 'prefix: "spiffe://"'],
      ['IP_ADDRESS', 'exact: 127.0.0.1'],
    ] as const);
    parts.push(`match_typed_subject_alt_names: [{san_type: ${type}, matcher: {${matcher}}}]`);
  }
  if (dice.chance(0.1)) parts.push(`verify_certificate_hash: ["${'ab'.repeat(32)}"]`);
  return `, validation_context: {${parts.join(', ')}}`;
}

function downstream(dice: Dice, name: string): string {
  const own = [
    ...(dice.chance(0.3) ? ['require_client_certificate: true'] : []),
    ...(dice.chance(0.1) ? ['full_scan_certs_on_sni_mismatch: true'] : []),
    ...(dice.chance(0.1) ? ['prefer_client_ciphers: true'] : []),
  ].join(', ');
  const presented = some(dice, servers).slice(0, 3);
  return server(name, `${certificates(...presented)}${params(dice)}${validation(dice)}`, own, format);
}

/** What either kind of peer offers. */
function offers(dice: Dice): TlsPeer {
  const version = dice.chance(0.6) ? dice.pick(versions) : undefined;
  const isOld = version === 'TLSv1.2';
  return {
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    ...(isOld && dice.chance(0.3) ? { ciphers: `${some(dice, ciphers).join(':')}:@SECLEVEL=0` } : {}),
    ...(dice.chance(0.3) ? { groups: some(dice, groups).join(':') } : {}),
    ...(dice.chance(0.2) ? { signatures: some(dice, signatures).join(':') } : {}),
  };
}

function client(dice: Dice): TlsPeer {
  return {
    ...offers(dice),
    ...(dice.chance(0.6) ? { sni: dice.pick(names) } : {}),
    ...(dice.chance(0.6) ? { certificate: dice.pick(clients) } : {}),
  };
}

function upstream(dice: Dice): TlsUpstream {
  const certificate = dice.pick([
    ...servers,
    'made/purpose-clientAuth',
    'made/expired-client',
    'made/usage-rsa-digitalSignature',
  ]);
  const asks = dice.chance(0.3) ? { asksForCertificate: true } : {};
  return { kind: 'http', tls: { ...offers(dice), certificate: certificate as CertificateName, ...asks } };
}

function upstreamContext(dice: Dice): string {
  const trust = validation(dice);
  const own = [
    ...(dice.chance(0.5) ? [`sni: ${dice.pick(names)}`] : []),
    ...(trust !== '' && dice.chance(0.3) ? ['auto_sni_san_validation: true'] : []),
    ...(dice.chance(0.2) ? ['max_session_keys: 0'] : []),
  ];
  const common = `${dice.chance(0.4) ? certificates(dice.pick(['made/client', 'server-rsa'])) : 'alpn_protocols: [http/1.1]'}${params(dice)}${trust}`;
  return `max_requests_per_connection: 1
transport_socket:
  name: tls
  typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, ${[`common_tls_context: {${common}}`, ...own].join(', ')}}
`;
}

const counted = 'ssl\\.(ciphers|versions|curves|sigalgs|connection_error|fail|handshake|no_cert|session_re)';

/** The same seed makes the same suite. */
export function randomTlsSuite({ seed, cases }: SuiteOptions): Suite {
  const dice = new SeededDice(seed);
  const places = Array.from({ length: 6 }, (_, i) => `l${i}`);
  const behind = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const listeners = places.map((name) => downstream(dice, name));
  const log = { name: 'up', format: upstreamFormat };
  const clusters = behind.map((name) => cluster(name, [name], upstreamContext(dice)));
  const list: Case[] = Array.from({ length: cases }, (_, index) => {
    const place = dice.pick(places);
    const steps = [
      { to: place, send: 'hello', raw: 5, conn: 'c', tls: client(dice), logs: [place] },
      { to: place, fin: true, raw: 'close', conn: 'c', logs: [place] },
    ] as const;
    return { name: `${index}`, steps };
  });
  for (const name of behind) {
    const ask = get('up', `/${name}/`, ['host: server.example'], { only: '^$', logs: ['up'], blind: true });
    list.push({ name, steps: [ask, { ...ask, stats: `^cluster\\.${name}\\.(${counted}|upstream_cx_connect_fail)` }] });
  }
  list.push({
    name: 'stats',
    steps: [get('admin', '/ready', [], { only: '^$', blind: true, stats: `^listener\\.l\\d\\.${counted}` })],
  });
  return {
    kind: 'traffic',
    name: `seed ${seed}`,
    upstreams: Object.fromEntries(behind.map((name) => [name, upstream(dice)])),
    config: bootstrap(
      [...listeners, listener('up', hcm({ routes: behind.map((name) => to(name, `/${name}/`)).join(''), log }))],
      clusters,
    ),
    files: pemFiles(
      'ca',
      ...['ca', 'intermediate', 'other-ca', 'crl', 'crl-of-both'].map((name) => `made/${name}`),
      ...withKeys(...servers, 'made/client'),
    ),
    cases: list,
  };
}
