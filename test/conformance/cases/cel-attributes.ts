/** Every attribute of Envoy's page, as text and with its type, of HTTP and of TCP; messages as wholes and field by field. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, indent, listener, tcpProxy, to } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';

const names = ['cluster', 'listener', 'route', 'virtual_host', 'upstream_host', 'upstream_host_locality'];
const metadataOf = (name: string): readonly string[] => [
  `xds.${name}_metadata`,
  `xds.${name}_metadata.filter_metadata`,
  `xds.${name}_metadata.filter_metadata['ns']`,
  `xds.${name}_metadata.filter_metadata['ns'].list[1]`,
  `xds.${name}_metadata.filter_metadata['none']`,
];

/** Those whose values a test can foretell. */
const attributes: readonly string[] = [
  ...['path', 'url_path', 'scheme', 'method', 'headers', 'referer', 'useragent', 'protocol', 'query', 'size'].map(
    (name) => `request.${name}`,
  ),
  ...['code', 'code_details', 'flags', 'grpc_status', 'trailers', 'size'].map((name) => `response.${name}`),
  ...['mtls', 'requested_server_name', 'tls_version', 'termination_details', 'peer_certificate'].map(
    (name) => `connection.${name}`,
  ),
  ...[
    'tls_version',
    'transport_failure_reason',
    'request_attempt_count',
    'locality',
    'locality.zone',
    'num_endpoints',
  ].map((name) => `upstream.${name}`),
  'upstream.locality.sub_zone',
  'has(upstream.locality.sub_zone)',
  "upstream['locality']",
  'upstream.peer_certificate',
  ...['node.id', 'node.cluster', 'node.metadata', 'node.metadata.team', 'node.locality', 'node.locality.region'].map(
    (name) => `xds.${name}`,
  ),
  ...['cluster_name', 'route_name', 'virtual_host_name', 'listener_direction', 'filter_chain_name'].map(
    (name) => `xds.${name}`,
  ),
  ...names.flatMap(metadataOf),
  'has(xds.listener_metadata.filter_metadata)',
  'has(xds.cluster_metadata.filter_metadata)',
  'metadata',
  'metadata.filter_metadata',
  "metadata.filter_metadata['ns']",
  "metadata.filter_metadata['ns'].text",
  "metadata.filter_metadata['ns'].none",
  'metadata.typed_filter_metadata',
  'has(metadata.filter_metadata)',
  'size(metadata.filter_metadata)',
  "'ns' in metadata.filter_metadata",
  'filter_state',
  "filter_state['key']",
  "filter_state['none']",
  'request',
  'xds',
  'request.nosuch',
  'xds.nosuch',
  'metadata.nosuch',
];

const metadata = (mark: string) =>
  `metadata: {filter_metadata: {ns: {mark: ${mark}, list: [1, "two", null], inner: {yes: true}}}}`;

function logs(name: string): string {
  const logger = (file: string, format: string) => `- name: file
  typed_config: {"@type": ${types}.access_loggers.file.v3.FileAccessLog, path: "{{log.${file}}}", log_format: {${format}}}
`;
  const text = attributes.map((each) => `${each} => %CEL(${each})% %CEL(${each}):8%\n`).join('');
  const json = Object.fromEntries(attributes.map((each) => [each, `%TYPED_CEL(${each})%`]));
  return `access_log:
${logger(name, `text_format_source: {inline_string: ${JSON.stringify(text)}}`)}${logger(`${name}-json`, `json_format: ${JSON.stringify(json)}`)}`;
}

const filters = `- name: metadata
  typed_config:
    "@type": ${types}.filters.http.set_metadata.v3.Config
    metadata:
    - {metadata_namespace: ns, value: {text: "a \\"b\\" 'c' \\\\ \\n é", number: 1, list: [true, {a: b}], none: null, inner: {}}}
    - {metadata_namespace: first, value: {z: 1, a: 2}}
- name: state
  typed_config:
    "@type": ${types}.filters.http.set_filter_state.v3.Config
    on_request_headers: [{object_key: key, factory_key: envoy.string, format_string: {text_format_source: {inline_string: value}}}]
- name: envoy.filters.http.router
  typed_config: {"@type": ${types}.filters.http.router.v3.Router}
`;

const host = (name: string, inside: string, outside = '') => `- name: ${name}
  ${outside}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - ${inside === '' ? '' : `locality: {region: here, zone: there}\n      ${metadata('locality')}\n      `}lb_endpoints:
      - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u0}}}}}${inside}}
`;

const virtualHosts = (routes: string, more: string) =>
  `- name: host\n  domains: ["*"]\n${more}  routes:\n${indent(routes, 2)}\n`;
const named = '- {match: {path: /direct}, name: direct, direct_response: {status: 204}}\n';
const rich = hcm({
  virtualHosts: virtualHosts(
    `${named}${to('rich', '/a', `name: named\n${metadata('route')}`)}`,
    `  ${metadata('host')}\n`,
  ),
  httpFilters: filters,
  extra: logs('rich'),
});
const poor = hcm({ virtualHosts: virtualHosts(`${named}${to('poor', '/a')}`, ''), extra: logs('poor') });

export const celAttributes: Suite = {
  kind: 'traffic',
  name: 'cel-attributes',
  config: `node: {id: me, cluster: us, metadata: {team: red, size: 2}, locality: {region: r, sub_zone: s}}
${bootstrap(
  [
    listener('rich', rich, `traffic_direction: INBOUND\n${metadata('listener')}`).replace(
      '- filters:',
      '- name: chain\n    filters:',
    ),
    listener('poor', poor),
    listener('tcp', tcpProxy('tcp', `cluster: rich\n${logs('tcp')}`)),
  ],
  [host('rich', `, ${metadata('host')}`, metadata('cluster')), host('poor', '')],
)}`,
  upstreams: { u0: 'http' },
  cases: [
    ...['rich', 'poor'].map((name) => ({
      name,
      steps: ['/a?b=c', '/direct', '/none'].map((path) =>
        get(name, path, ['x-request-id: 8f4a2b7e-0000-4000-8000-000000000001'], {
          logs: [name, `${name}-json`],
          normaliseLogs: ['json-sorted'],
          blind: true,
          only: '^$',
        }),
      ),
    })),
    {
      name: 'tcp',
      steps: [
        get('tcp', '/', ['connection: close'], {
          logs: ['tcp', 'tcp-json'],
          blind: true,
          only: '^$',
          responses: 'close',
        }),
      ],
    },
  ],
};
