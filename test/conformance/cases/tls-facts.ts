/** What is told of TLS connections: command operators, CEL, x-forwarded-client-cert, schemes, required TLS, matching inputs. */
import { type CertificateName, pem, type TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, to } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const certificateOf = (name: string) =>
  `{certificate_chain: {filename: "{{folder}}/${name}.pem"}, private_key: {filename: "{{folder}}/${name}-key.pem"}}`;

/** A transport socket that presents `server` and takes clients of any authority. */
const downstreamTls = (extra = '') => `transport_socket:
  name: tls
  typed_config:
    "@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext
    common_tls_context:
      tls_certificates: [${certificateOf('server')}]
      alpn_protocols: [http/1.1]
      validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}, trust_chain_verification: ACCEPT_UNTRUSTED}
${indent(extra, 4)}
`;

const fipsTls = downstreamTls().replace(
  'alpn_protocols',
  'tls_params: {compliance_policies: [FIPS_202205], ecdh_curves: [X25519], tls_maximum_protocol_version: TLSv1_2}\n      alpn_protocols',
);

const secure = (name: string, filters: string, tls = downstreamTls()) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  listener_filters: [{name: t, typed_config: {"@type": ${types}.filters.listener.tls_inspector.v3.TlsInspector}}]
  filter_chains:
  - filters:
${indent(filters, 4)}
${indent(tls, 4)}
`;

const certificateFields = ['URI_SAN', 'DNS_SAN', 'IP_SAN', 'EMAIL_SAN', 'OTHERNAME_SAN', 'SUBJECT'];
const peerFields = [
  ...certificateFields,
  'ISSUER',
  'SERIAL',
  'FINGERPRINT_1',
  'FINGERPRINT_256',
  'CHAIN_FINGERPRINTS_1',
  'CHAIN_FINGERPRINTS_256',
  'CHAIN_SERIALS',
  'ISSUER_FINGERPRINT_256',
  'ISSUER_SERIAL',
  'CERT',
  'CERT_V_START',
  'CERT_V_END',
  'CERT_V_START(%Y/%m/%d %H:%M:%S)',
  'CERT_V_END(%b %e %s)',
];
const operators = [
  'DOWNSTREAM_TLS_VERSION',
  'DOWNSTREAM_TLS_CIPHER',
  'DOWNSTREAM_TLS_GROUP',
  'REQUESTED_SERVER_NAME',
  'DOWNSTREAM_TRANSPORT_FAILURE_REASON',
  ...peerFields.map((field) => `DOWNSTREAM_PEER_${field}`),
  ...certificateFields.map((field) => `DOWNSTREAM_LOCAL_${field}`),
];
const upstreamOperators = [
  'UPSTREAM_TLS_VERSION',
  'UPSTREAM_TLS_CIPHER',
  'UPSTREAM_TLS_GROUP',
  'UPSTREAM_TRANSPORT_FAILURE_REASON',
  ...['URI_SAN', 'DNS_SAN', 'IP_SAN', 'SUBJECT', 'ISSUER', 'CERT', 'CERT_V_START', 'CERT_V_END(%Y)'].map(
    (field) => `UPSTREAM_PEER_${field}`,
  ),
  ...['URI_SAN', 'DNS_SAN', 'IP_SAN'].map((field) => `UPSTREAM_LOCAL_${field}`),
];
const attributes = [
  'mtls',
  'tls_version',
  'requested_server_name',
  'subject_local_certificate',
  'subject_peer_certificate',
  'uri_san_local_certificate',
  'uri_san_peer_certificate',
  'dns_san_local_certificate',
  'dns_san_peer_certificate',
  'sha256_peer_certificate_digest',
];
const celOf = (prefix: string, names: readonly string[]) => names.map((name) => `CEL(${prefix}.${name})`);
const linesOf = (commands: readonly string[]) =>
  commands.map((command) => `${command.split('(')[0]}=%${command}%`).join('|');
const formatOf = (commands: readonly string[]) => linesOf(commands);

const allDetails = '{subject: true, cert: true, chain: true, dns: true, uri: true}';
const forwarding = (name: string, mode: string, details: string) =>
  secure(
    name,
    hcm({
      routes: to('u0'),
      extra: `forward_client_cert_details: ${mode}\nset_current_client_cert_details: ${details}`,
    }),
  );

const input = (type: string) => `{name: i, typed_config: {"@type": ${types}.matching.common_inputs.ssl.v3.${type}}}`;
const header = `{name: i, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: mode}}`;
const forwardAs = (config: string) =>
  `{action: {name: a, typed_config: {"@type": ${types}.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertConfig, ${config}}}}`;
const set = (details: string) =>
  forwardAs(`forward_client_cert_details: SANITIZE_SET, set_current_client_cert_details: {${details}}`);
const byCertificate = `forward_client_cert_details: ALWAYS_FORWARD_ONLY
forward_client_cert_matcher:
  matcher_tree:
    input: ${input('UriSanInput')}
    exact_match_map: {map: {"spiffe://nuncio.test/client": ${set('uri: true')}, "spiffe://nuncio.test/client,https://nuncio.test/c": ${set('dns: true')}}}
  on_no_match:
    matcher:
      matcher_tree:
        input: ${input('DnsSanInput')}
        exact_match_map: {map: {"client.test": ${set('dns: true')}}}
      on_no_match:
        matcher:
          matcher_tree:
            input: ${input('SubjectInput')}
            exact_match_map: {map: {"CN=plain client": ${set('subject: true')}}}
          on_no_match:
            matcher:
              matcher_tree:
                input: ${header}
                exact_match_map: {map: {append: ${forwardAs('forward_client_cert_details: APPEND_FORWARD')}, none: ${forwardAs('')}}}
`;

const requireTls = (requirement: string) =>
  `- {name: r, domains: ["*"], require_tls: ${requirement}, routes: [{match: {prefix: /}, route: {cluster: u0}}]}\n`;
const redirects = `- match: {prefix: /https}
  redirect: {https_redirect: true}
- match: {prefix: /scheme}
  redirect: {scheme_redirect: http}
- match: {prefix: /host}
  redirect: {host_redirect: other.test}
- match: {prefix: /port}
  redirect: {port_redirect: 8443}
- match: {prefix: /}
  route: {cluster: u0}
`;

const upstreamTls = (extra: string) => `transport_socket:
  name: tls
  typed_config:
    "@type": ${types}.transport_sockets.tls.v3.UpstreamTlsContext
${indent(extra, 4)}
`;

const config = bootstrap(
  [
    secure('facts', hcm({ routes: to('u0'), log: { name: 'facts', format: formatOf(operators) } })),
    secure('fips', hcm({ routes: to('u0'), log: { name: 'fips', format: formatOf(operators.slice(0, 3)) } }), fipsTls),
    secure('cel', hcm({ routes: to('u0'), log: { name: 'cel', format: formatOf(celOf('connection', attributes)) } })),
    forwarding('sanitize', 'SANITIZE', allDetails),
    forwarding('forward', 'FORWARD_ONLY', allDetails),
    forwarding('append', 'APPEND_FORWARD', allDetails),
    forwarding('set', 'SANITIZE_SET', allDetails),
    forwarding('always', 'ALWAYS_FORWARD_ONLY', allDetails),
    forwarding('bare', 'SANITIZE_SET', '{}'),
    forwarding('subject', 'SANITIZE_SET', '{subject: true}'),
    forwarding('uri', 'SANITIZE_SET', '{uri: true, subject: false}'),
    forwarding('dns', 'APPEND_FORWARD', '{dns: true}'),
    forwarding('issuer', 'SANITIZE_SET', '{issuer: true, subject: true, uri: true}'),
    forwarding('json', 'SANITIZE_SET', '{issuer: true, cert: true, subject: true, dns: true, uri: true, format: JSON}'),
    forwarding('chainjson', 'SANITIZE_SET', '{chain: true, format: JSON}'),
    forwarding('appendjson', 'APPEND_FORWARD', '{dns: true, format: JSON}'),
    secure('matcher', hcm({ routes: to('u0'), extra: byCertificate })),
    listener('plain', hcm({ virtualHosts: requireTls('ALL') })),
    secure('required', hcm({ virtualHosts: requireTls('ALL') })),
    listener('external', hcm({ virtualHosts: requireTls('EXTERNAL_ONLY') })),
    secure(
      'redirects',
      hcm({ routes: redirects, log: { name: 'redirects', format: '%REQ(:SCHEME)% %REQ(X-FORWARDED-PROTO)%' } }),
    ),
    secure('overwrite', hcm({ routes: redirects, extra: 'scheme_header_transformation: {scheme_to_overwrite: http}' })),
    secure('trusting', hcm({ routes: to('u0'), extra: 'use_remote_address: false' })),
    secure('edge', hcm({ routes: to('u0'), extra: 'use_remote_address: true' })),
    listener(
      'upstream',
      hcm({
        routes: `${to('s0', '/s')}${to('m0', '/m')}${to('r0', '/r')}`,
        log: { name: 'upstream', format: formatOf(upstreamOperators) },
      }),
    ),
    listener(
      'upstreamcel',
      hcm({
        routes: to('s0'),
        log: {
          name: 'upstreamcel',
          format: formatOf(
            celOf('upstream', [
              'tls_version',
              'subject_local_certificate',
              'subject_peer_certificate',
              'uri_san_local_certificate',
              'uri_san_peer_certificate',
              'dns_san_local_certificate',
              'dns_san_peer_certificate',
              'sha256_peer_certificate_digest',
            ]),
          ),
        },
      }),
    ),
  ],
  [
    cluster('u0'),
    cluster('s0', ['s0'], upstreamTls('sni: a.test')),
    cluster(
      'm0',
      ['m0'],
      upstreamTls(
        `sni: a.test\ncommon_tls_context:\n  tls_certificates: [${certificateOf('client')}]\n  alpn_protocols: [http/1.1]`,
      ),
    ),
    cluster(
      'r0',
      ['r0'],
      upstreamTls('common_tls_context: {validation_context: {trusted_ca: {filename: "{{folder}}/other-ca.pem"}}}'),
    ),
  ],
);

const files = Object.fromEntries(
  ['ca', 'other-ca', 'server', 'server-key', 'client', 'client-key'].map((name) => [`${name}.pem`, pem(name)]),
);

const peers: Readonly<Record<string, TlsPeer>> = {
  'without certificate': { sni: 'a.test', alpn: ['h2', 'http/1.1'] },
  'rich certificate': { certificate: 'client' },
  'plain certificate': { certificate: 'client-plain', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  'chain of two': { certificate: 'client-deep-chain', minVersion: 'TLSv1.3' },
  'of another authority': { certificate: 'client-other' },
};

/** TLS 1.3 goes by the client's order, TLS 1.2 by the server's, in which ChaCha20 and AES-128 are equal. */
const cipherOrders = [
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384',
  'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
].map((ciphers): Case => {
  const version = ciphers.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2';
  return { name: `offers ${ciphers}`, steps: [get('facts', '/', [], { tls: { ciphers, maxVersion: version } })] };
});

/** A compliance policy stands over versions and curves that are configured otherwise. */
const fips = [
  {},
  { maxVersion: 'TLSv1.2' },
  { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
  { ciphers: 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384' },
  { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' },
  { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' },
].map(
  (tls): Case => ({
    name: `fips: ${JSON.stringify(tls)}`,
    steps: [get('fips', '/', [], { tls: tls as TlsPeer, logs: ['fips'] })],
  }),
);

const withPeers = (to: string, lines: readonly string[] = [], names = Object.keys(peers)): Case[] =>
  names.map((name) => ({
    name: `${to}: ${name}${lines.length > 0 ? `, ${lines.length} lines` : ''}`,
    steps: [
      get(to, '/', lines, { tls: peers[name] as TlsPeer, ...(to === 'facts' || to === 'cel' ? { logs: [to] } : {}) }),
    ],
  }));

const xfcc = 'x-forwarded-client-cert: By=spiffe://x;Hash=00';
const forwards = ['sanitize', 'forward', 'append', 'set', 'always'].flatMap((listener) => [
  ...withPeers(listener, [], ['without certificate', 'rich certificate']),
  ...withPeers(listener, [xfcc], ['without certificate', 'rich certificate']),
]);
const details = ['bare', 'subject', 'uri', 'dns', 'issuer', 'json', 'chainjson', 'appendjson'].flatMap((listener) =>
  withPeers(listener, [], ['rich certificate', 'plain certificate', 'chain of two']),
);

const proto = (to: string, lines: readonly string[], tls?: CertificateName | true): Case => ({
  name: `${to}: ${tls === undefined ? 'plaintext' : 'TLS'} ${lines.join()}`,
  steps: [get(to, '/a?b=c', lines, tls === undefined ? {} : { tls: {} })],
});

const schemes: readonly Case[] = [
  proto('plain', []),
  proto('plain', ['x-forwarded-proto: https']),
  proto('required', [], true),
  proto('required', ['x-forwarded-proto: http'], true),
  proto('external', []),
  proto('external', ['x-forwarded-for: 8.8.8.8']),
  proto('trusting', ['x-forwarded-proto: http'], true),
  proto('edge', ['x-forwarded-proto: http'], true),
  proto('edge', [], true),
  ...['/https', '/scheme', '/host', '/port', '/'].map(
    (path): Case => ({
      name: `redirects ${path}`,
      steps: [
        get('redirects', path, [], { tls: {}, logs: ['redirects'] }),
        get('redirects', path, ['host: a.test:443'], { tls: {} }),
        get('overwrite', path, [], { tls: {} }),
      ],
    }),
  ),
  {
    name: 'absolute http target over TLS',
    steps: [{ to: 'redirects', send: 'GET http://a.test/ HTTP/1.1\r\nhost: b\r\n\r\n', tls: {}, logs: ['redirects'] }],
  },
];

export const tlsFacts: Suite = {
  kind: 'traffic',
  name: 'tls-facts',
  config,
  files,
  upstreams: {
    u0: 'http',
    s0: { kind: 'http', tls: { certificate: 'server' } },
    m0: { kind: 'http', tls: { certificate: 'server-rsa', asksForCertificate: true, alpn: ['http/1.1'] } },
    r0: { kind: 'http', tls: { maxVersion: 'TLSv1.2' } },
  },
  cases: [
    ...withPeers('facts'),
    ...withPeers('cel'),
    ...cipherOrders,
    ...fips,
    ...forwards,
    {
      name: 'append to two headers',
      steps: [get('append', '/', [xfcc, 'x-forwarded-client-cert: By=y'], { tls: { certificate: 'client' } })],
    },
    ...details,
    ...withPeers('appendjson', [xfcc], ['rich certificate', 'plain certificate']),
    {
      name: 'appendjson: after JSON',
      steps: [get('appendjson', '/', ['x-forwarded-client-cert: [{"Hash":"00"}]'], { tls: { certificate: 'client' } })],
    },
    {
      name: 'appendjson: after an empty list',
      steps: [get('appendjson', '/', ['x-forwarded-client-cert: []'], { tls: { certificate: 'client' } })],
    },
    {
      name: 'appendjson: after a broken list',
      steps: [get('appendjson', '/', ['x-forwarded-client-cert: [x'], { tls: { certificate: 'client' } })],
    },
    {
      name: 'appendjson: after spaces',
      steps: [get('appendjson', '/', ['x-forwarded-client-cert: [ {"a":1} , 2 ]'], { tls: { certificate: 'client' } })],
    },
    {
      name: 'append: after JSON',
      steps: [get('append', '/', ['x-forwarded-client-cert: [{"Hash":"00"}]'], { tls: { certificate: 'client' } })],
    },
    ...withPeers('matcher'),
    ...withPeers('matcher', [xfcc]),
    ...withPeers('matcher', [xfcc, 'mode: append']),
    ...withPeers('matcher', [xfcc, 'mode: none', 'x: y']),
    ...schemes,
    ...['/s', '/m', '/r'].map(
      (path): Case => ({ name: `upstream ${path}`, steps: [get('upstream', path, [], { logs: ['upstream'] })] }),
    ),
    { name: 'upstream attributes', steps: [get('upstreamcel', '/', [], { logs: ['upstreamcel'] })] },
  ],
};
