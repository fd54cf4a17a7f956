/** Options of TLS contexts that go by hosts and addresses: names of endpoints as SNI, key logs of some peers alone. */
import type { CertificateName } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, hcm, indent, listener, to } from '../config.ts';
import { get } from '../requests.ts';
import { certificates, file, server as listenerOf, pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const log = { name: 'in', format: '%RESPONSE_FLAGS% %UPSTREAM_HOST_NAME% %UPSTREAM_TRANSPORT_FAILURE_REASON%' };
const trust = (more = '') => `common_tls_context: {validation_context: {trusted_ca: ${file('made/ca')}${more}}}`;

/** A cluster whose endpoint has a name; `kind` says where it is looked up. */
const named = (name: string, hostname: string, context: string, kind = '', address = '127.0.0.1') => `- name: ${name}
  connect_timeout: 2s
  max_requests_per_connection: 1
${indent(kind, 2)}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints:
      - endpoint: {hostname: "${hostname}", address: {socket_address: {address: ${address}, port_value: {{s0}}}}}
  transport_socket:
    name: tls
    typed_config: {"@type": ${types}.UpstreamTlsContext, ${context}}
`;
const strict = 'type: STRICT_DNS\ndns_lookup_family: V4_ONLY';
const autoSni = (fields: string) => `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    upstream_http_protocol_options: {${fields}}
    explicit_http_config: {http_protocol_options: {}}`;

const clusters: Readonly<Record<string, string>> = {
  host: named('host', 'server.example', `auto_host_sni: true, ${trust()}`),
  hostbeside: named('hostbeside', 'server.example', `auto_host_sni: true, sni: other.test, ${trust()}`),
  nohost: named('nohost', '', `auto_host_sni: true, sni: other.test, ${trust()}`),
  configured: named('configured', 'server.example', `sni: other.test, ${trust()}`),
  check: named('check', 'server.example', `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`),
  wild: named('wild', 'a.wild.example', `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`),
  wrong: named('wrong', 'other.example', `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`),
  beside: named(
    'beside',
    'other.example',
    `auto_host_sni: true, auto_sni_san_validation: true, ${trust(', match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: server.example}}]')}`,
  ),
  address: named('address', '127.0.0.1', `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`),
  upper: named('upper', 'SERVER.example', `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`),
  dns: named('dns', '', `auto_host_sni: true, ${trust()}`, strict, 'localhost'),
  dnsnamed: named('dnsnamed', 'server.example', `auto_host_sni: true, ${trust()}`, strict, 'localhost'),
  ofrequest: named('ofrequest', 'server.example', `auto_host_sni: true, ${trust()}`, autoSni('auto_sni: true')),
  ofboth: named(
    'ofboth',
    'server.example',
    `auto_host_sni: true, auto_sni_san_validation: true, ${trust()}`,
    autoSni('auto_sni: true, auto_san_validation: true'),
  ),
};

const hostNames: Suite = {
  kind: 'traffic',
  name: 'tls-host-names',
  config: bootstrap(
    [
      listener(
        'in',
        hcm({
          routes: Object.keys(clusters)
            .map((name) => to(name, `/${name}/`))
            .join(''),
          log,
        }),
      ),
    ],
    Object.values(clusters),
  ),
  files: pemFiles('made/ca'),
  upstreams: { s0: { kind: 'http', tls: { certificate: 'made/server' as CertificateName } } },
  cases: Object.keys(clusters).map(
    (name): Case => ({
      name,
      steps: [
        get('in', `/${name}/`, ['host: request.example'], {
          logs: ['in'],
          only: '^$',
          stats: `^cluster\\.${name}\\.ssl\\.(fail|handshake|connection_error)`,
        }),
      ],
    }),
  ),
};

const range = (field: string, ...ranges: readonly string[]) =>
  `${field}: [${ranges.map((one) => `{address_prefix: "${one.split('/')[0]}", prefix_len: ${one.split('/')[1]}}`).join(', ')}]`;
const keyLogs: Readonly<Record<string, string>> = {
  all: '',
  local: range('local_address_range', '127.0.0.0/8'),
  otherlocal: range('local_address_range', '10.0.0.0/8'),
  remote: range('remote_address_range', '127.0.0.1/32'),
  otherremote: range('remote_address_range', '127.0.0.2/32'),
  onewrong: `${range('local_address_range', '127.0.0.1/32')}, ${range('remote_address_range', '::/0')}`,
  several: range('local_address_range', '10.0.0.0/8', '127.0.0.0/8'),
};

const keyLog: Suite = {
  kind: 'traffic',
  name: 'tls-key-log',
  config: bootstrap(
    Object.entries(keyLogs).map(([name, ranges]) =>
      listenerOf(
        name,
        `${certificates('made/server')}, key_log: {path: "{{log.keys${name}}}"${ranges && `, ${ranges}`}}`,
        '',
        '%DOWNSTREAM_TLS_VERSION%',
      ),
    ),
    [],
  ),
  files: pemFiles(...withKeys('made/server')),
  cases: Object.keys(keyLogs).flatMap((name): Case[] =>
    (['TLSv1.2', 'TLSv1.3'] as const).map((version) => ({
      name: `${name}, ${version}`,
      steps: [
        {
          to: name,
          send: 'hello',
          raw: 5,
          tls: { minVersion: version, maxVersion: version },
          logs: [`keys${name}`],
          normaliseLogs: ['secrets', 'sorted-lines'],
        },
      ],
    })),
  ),
};

export const tlsOptions: readonly Suite[] = [hostNames, keyLog];
