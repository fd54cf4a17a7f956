/** TLS as it is met in the field: chains by name, protocol and source, passthrough, strict and permissive sidecars, bad upstreams. */
import type { TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, indent, listener, router, tcpProxy, to } from '../config.ts';
import { get, stats } from '../requests.ts';
import { certificates, file, pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions';
const inspector = `- {name: t, typed_config: {"@type": ${types}.filters.listener.tls_inspector.v3.TlsInspector}}\n`;
const httpInspector = `- {name: h, typed_config: {"@type": ${types}.filters.listener.http_inspector.v3.HttpInspector}}\n`;
const downstream = (common: string, own = '') =>
  `transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: {${common}}${own && `, ${own}`}}}`;
const upstream = (common: string, own = '') =>
  `transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: {${common}}${own && `, ${own}`}}}`;
const trusted = (more = '') => `validation_context: {trusted_ca: ${file('ca')}${more}}`;
const echo = `[{name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}]`;

const ofConnection =
  '%FILTER_CHAIN_NAME% %REQUESTED_SERVER_NAME% %RESPONSE_FLAGS% %DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_PEER_SUBJECT%';
const ofRequest =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %UPSTREAM_TLS_VERSION% %UPSTREAM_TLS_CIPHER% %UPSTREAM_PEER_SUBJECT% %UPSTREAM_PEER_CERT_V_END%';

const front = (name: string, filters: string, chains: readonly string[], rest = '') => `- name: ${name}
  stat_prefix: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  access_log:
${indent(fileLog(name, ofConnection), 2)}
  listener_filters:
${indent(filters, 2)}
  filter_chains:
${indent(chains.map((chain) => `- ${chain}`).join('\n'), 2)}
${indent(rest, 2)}
`;
const own = downstream(certificates('server'));
const said = (name: string, match: string, secure = true) =>
  `{name: ${name}, filter_chain_match: {${match}}, filters: ${echo}${secure ? `, ${own}` : ''}}`;

const byName = front(
  'names',
  inspector,
  [
    said('exact', 'server_names: [a.test]'),
    said('suffix', 'server_names: ["*.a.test"]'),
    said('deeper', 'server_names: ["*.b.a.test"]'),
    said('several', 'server_names: [c.test, d.test, "*.d.test"]'),
    said('wide', 'server_names: ["*.test"]'),
    said('old', 'server_names: [e.test], application_protocols: [http/1.0]'),
    said('alpn', 'server_names: [e.test], application_protocols: [h2, http/1.1]'),
    said('istio', 'application_protocols: [istio, istio-peer-exchange]'),
    said('plain', 'transport_protocol: raw_buffer', false),
    said('secure', 'transport_protocol: tls'),
  ],
  `default_filter_chain: {name: default, filters: ${echo}}`,
);
const bySource = front('sources', inspector + httpInspector, [
  said('near', 'source_type: SAME_IP_OR_LOOPBACK, server_names: [near.test]'),
  said('range', 'source_prefix_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}], transport_protocol: tls'),
  said('far', 'source_type: EXTERNAL'),
  said('to', 'prefix_ranges: [{address_prefix: 127.0.0.1, prefix_len: 32}], application_protocols: [http/1.1]', false),
  said('ports', 'source_ports: [1, 2], transport_protocol: raw_buffer', false),
]);

/** As a sidecar takes both, or only those who show a certificate. */
const web = (prefix: string) =>
  hcm({
    routes: to('u'),
    statPrefix: prefix,
    log: {
      name: prefix,
      format:
        '%RESPONSE_CODE% %REQ(X-FORWARDED-CLIENT-CERT)% %REQ(X-FORWARDED-PROTO)% %DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_TLS_VERSION% %PROTOCOL%',
    },
    extra:
      'forward_client_cert_details: APPEND_FORWARD\nset_current_client_cert_details: {subject: true, uri: true, dns: true, cert: false}',
  });
const mutual = downstream(
  `${certificates('server')}, ${trusted()}, alpn_protocols: [http/1.1]`,
  'require_client_certificate: true',
);
const chain = (name: string, match: string, filters: string, socket = '') =>
  `name: ${name}\n  filter_chain_match: {${match}}\n  ${socket && `${socket}\n  `}filters:\n${indent(filters, 2)}`;
const permissive = front('permissive', inspector + httpInspector, [
  chain('mutual', 'transport_protocol: tls', web('permissivelog'), mutual),
  chain('plaintext', 'transport_protocol: raw_buffer', web('permissivelog')),
]);
const strict = front('strict', inspector, [chain('mutual', 'transport_protocol: tls', web('strictlog'), mutual)]);

const sniCluster = `- {name: s, typed_config: {"@type": ${types}.filters.network.sni_cluster.v3.SniCluster}}\n`;
const passthrough = front('passthrough', inspector, [
  chain(
    'byname',
    'server_names: ["*.pass.test"]',
    tcpProxy(
      'pass',
      `cluster: behind\naccess_log:\n${fileLog('pass', '%REQUESTED_SERVER_NAME% %UPSTREAM_CLUSTER% %RESPONSE_FLAGS%')}`,
    ),
  ),
  chain(
    'rest',
    'transport_protocol: tls',
    sniCluster +
      tcpProxy(
        'sni',
        `cluster: nobody\naccess_log:\n${fileLog('pass', '%REQUESTED_SERVER_NAME% %UPSTREAM_CLUSTER% %RESPONSE_FLAGS%')}`,
      ),
  ),
]);

/** Servers that no client of them should like. */
const servers: Readonly<Record<string, { readonly peer?: TlsPeer; readonly context: string }>> = {
  good: { peer: {}, context: upstream(trusted(), 'sni: a.test') },
  named: {
    peer: {},
    context: upstream(
      trusted(', match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: a.test}}]'),
      'sni: a.test',
    ),
  },
  misnamed: {
    peer: {},
    context: upstream(trusted(', match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: z.test}}]')),
  },
  uri: {
    peer: {},
    context: upstream(
      trusted(', match_typed_subject_alt_names: [{san_type: URI, matcher: {prefix: "spiffe://nuncio.test/"}}]'),
    ),
  },
  untrusted: { peer: {}, context: upstream(`validation_context: {trusted_ca: ${file('other-ca')}}`) },
  unverified: { peer: { certificate: 'client-other' }, context: upstream('') },
  expired: { peer: { certificate: 'client-expired' }, context: upstream(trusted()) },
  expiredok: {
    peer: { certificate: 'client-expired' },
    context: upstream(trusted(', allow_expired_certificate: true')),
  },
  selfsigned: { peer: { certificate: 'client-other' }, context: upstream(trusted()) },
  tooold: {
    peer: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    context: upstream(''),
  },
  onlynew: {
    peer: { minVersion: 'TLSv1.3' },
    context: upstream('tls_params: {tls_maximum_protocol_version: TLSv1_2}'),
  },
  noalpn: { peer: {}, context: upstream('alpn_protocols: [istio, http/1.1]') },
  alpn: { peer: { alpn: ['http/1.1'] }, context: upstream('alpn_protocols: [istio, http/1.1]') },
  otheralpn: { peer: { alpn: ['h3'] }, context: upstream('alpn_protocols: [istio]') },
  asks: { peer: { asksForCertificate: true }, context: upstream(certificates('client')) },
  asksinvain: { peer: { asksForCertificate: true }, context: upstream('') },
  ciphers: {
    peer: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    context: upstream('tls_params: {cipher_suites: [ECDHE-ECDSA-AES128-GCM-SHA256]}'),
  },
  groups: { peer: { groups: 'P-521' }, context: upstream('tls_params: {ecdh_curves: [X25519]}') },
  nottls: { context: upstream('') },
};
const names = Object.keys(servers);
const wishes = `- name: f
  typed_config:
    "@type": ${types}.filters.http.set_filter_state.v3.Config
    on_request_headers:
    - {object_key: envoy.network.upstream_server_name, format_string: {text_format_source: {inline_string: "%REQ(X-SNI)%"}}}
    - {object_key: envoy.network.upstream_subject_alt_names, format_string: {omit_empty_values: true, text_format_source: {inline_string: "%REQ(X-SAN)%"}}, skip_if_empty: true}
    - {object_key: envoy.network.application_protocols, format_string: {omit_empty_values: true, text_format_source: {inline_string: "%REQ(X-ALPN)%"}}, skip_if_empty: true}
`;

const config = bootstrap(
  [
    byName,
    bySource,
    permissive,
    strict,
    passthrough,
    listener(
      'up',
      hcm({ routes: names.map((name) => to(name, `/${name}`)).join(''), log: { name: 'up', format: ofRequest } }),
    ),
    listener(
      'wish',
      hcm({
        routes: to('unverified', '/unverified') + to('good'),
        httpFilters: wishes + router,
        log: { name: 'up', format: ofRequest },
      }),
    ),
    ...names.map((name) =>
      listener(
        `tcp${name}`,
        tcpProxy(
          `tcp${name}`,
          `cluster: ${name}\naccess_log:\n${fileLog('tcp', '%RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS% %UPSTREAM_TLS_VERSION% %UPSTREAM_PEER_SUBJECT%')}`,
        ),
      ),
    ),
  ],
  [
    cluster('u'),
    cluster('behind', ['good']),
    cluster('in.sni.test', ['good']),
    ...names.map((name) => cluster(name, [name], servers[name]?.context)),
  ],
);

const meets = (to_: string, name: string, tls: TlsPeer | undefined, send = 'hello'): Case => ({
  name: `${to_}: ${name}`,
  steps: [{ to: to_, ...(tls && { tls }), send, raw: 5, reset: true, logs: [to_] }],
});
const sni = (...all: readonly string[]) => all.map((name) => meets('names', name, { sni: name }));

const mutualPeers: Readonly<Record<string, TlsPeer>> = {
  none: {},
  client: { certificate: 'client' },
  plain: { certificate: 'client-plain' },
  other: { certificate: 'client-other' },
  expired: { certificate: 'client-expired' },
  deep: { certificate: 'client-deep-chain' },
  old: { certificate: 'client', maxVersion: 'TLSv1.2' },
  'old without': { maxVersion: 'TLSv1.2' },
  'old, expired': { certificate: 'client-expired', maxVersion: 'TLSv1.2' },
  'older still': { certificate: 'client', minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  h2: { certificate: 'client', alpn: ['h2'] },
  'h2 or 1.1': { certificate: 'client', alpn: ['h2', 'http/1.1'] },
};
const sidecar = (to_: string): Case[] =>
  Object.entries(mutualPeers).map(([name, tls]) => ({
    name: `${to_}: ${name}`,
    steps: [
      get(to_, '/', ['connection: close', 'x-forwarded-client-cert: By=a;Hash=b'], {
        tls,
        responses: 'close',
        logs: [to_, `${to_}log`],
        stats: `^listener\\.${to_}\\.(ssl\\.|no_filter)|^http\\.${to_}log\\.downstream_cx_(ssl_)?total`,
      }),
    ],
  }));

export const tlsMesh: Suite = {
  kind: 'traffic',
  name: 'tls-mesh',
  onEachEngine: true,
  config,
  files: pemFiles('ca', 'other-ca', ...withKeys('server', 'client')),
  upstreams: {
    u: 'http',
    ...Object.fromEntries(
      names.map((name) => [
        name,
        servers[name]?.peer ? { kind: 'http' as const, tls: servers[name].peer } : ('http' as const),
      ]),
    ),
  },
  cases: [
    ...sni(
      'a.test',
      'A.TEST',
      'x.a.test',
      'y.x.a.test',
      'x.b.a.test',
      'b.a.test',
      'd.test',
      'x.d.test',
      'other.test',
      'e.test',
      'nowhere',
      'a.test.x',
    ),
    meets('names', 'no name', {}),
    meets('names', 'e.test with http/1.1', { sni: 'e.test', alpn: ['http/1.1'] }),
    meets('names', 'e.test with h2 and http/1.0', { sni: 'e.test', alpn: ['h2', 'http/1.0'] }),
    meets('names', 'istio', { sni: 'nowhere', alpn: ['istio'] }),
    meets('names', 'a name goes before a protocol', { sni: 'a.test', alpn: ['istio'] }),
    meets('names', 'plaintext', undefined),
    meets('sources', 'near.test', { sni: 'near.test' }),
    meets('sources', 'another', { sni: 'x.test' }),
    meets('sources', 'HTTP', undefined, 'GET / HTTP/1.1\r\n\r\n'),
    meets('sources', 'text', undefined, 'hello, you\r\n\r\n'),
    ...sidecar('permissive'),
    ...sidecar('strict'),
    {
      name: 'permissive: plaintext',
      steps: [
        get('permissive', '/', ['connection: close', 'x-forwarded-client-cert: By=a;Hash=b'], {
          responses: 'close',
          logs: ['permissive', 'permissivelog'],
        }),
      ],
    },
    {
      name: 'strict: plaintext',
      steps: [
        get('strict', '/', [], { responses: 'close', logs: ['strict'], stats: '^listener\\.strict\\.no_filter' }),
      ],
    },
    ...['x.pass.test', 'pass.test', 'in.sni.test', 'unknown.test'].map(
      (name): Case => ({
        name: `passthrough: ${name}`,
        steps: [
          get('passthrough', '/', ['connection: close'], {
            tls: { sni: name, alpn: ['http/1.1'] },
            responses: 'close',
            logs: ['passthrough', 'pass'],
          }),
        ],
      }),
    ),
    meets('passthrough', 'plaintext', undefined),
    ...names.map(
      (name): Case => ({
        name: `to ${name}`,
        steps: [
          get('up', `/${name}`, [], {
            logs: ['up'],
            stats: `^cluster\\.${name}\\.(ssl\\.|upstream_cx_(connect_fail|total|destroy|none)|upstream_rq_(5|2|p|retry))`,
          }),
        ],
      }),
    ),
    ...names.map(
      (name): Case => ({
        name: `TCP to ${name}`,
        steps: [
          {
            to: `tcp${name}`,
            send: 'GET / HTTP/1.0\r\n\r\n',
            raw: 'close',
            fin: false,
            logs: ['tcp'],
            blind: true,
          } as const,
        ].map((step) =>
          /^(good|named|uri|unverified|expiredok|noalpn|alpn|asks|asksinvain)$/.test(name)
            ? { ...step, raw: 30, reset: true }
            : step,
        ),
      }),
    ),
    {
      name: 'wishes of filters',
      steps: [
        get('wish', '/', ['x-sni: one.test'], { logs: ['up'] }),
        get('wish', '/', ['x-sni: two.test', 'x-san: a.test'], { logs: ['up'] }),
        get('wish', '/', ['x-sni: three.test', 'x-san: z.test'], { logs: ['up'] }),
        get('wish', '/', ['x-sni: one.test'], { logs: ['up'] }),
        // Names are checked although nothing else is.
        get('wish', '/unverified', ['x-sni: one.test', 'x-san: z.test'], {
          logs: ['up'],
          stats: '^cluster\\.unverified\\.ssl\\.(fail|conn)',
        }),
        get('wish', '/', ['x-sni: four.test', 'x-alpn: http/1.1'], { logs: ['up'] }),
        stats('^cluster\\.good\\.(upstream_cx_total|ssl)'),
      ],
    },
    {
      name: 'prometheus',
      steps: [
        get('admin', '/stats/prometheus?filter=(strict|good)\\..*ssl', [], { blind: true, only: '^content-type' }),
      ],
    },
  ],
};
