/** Peers that take nothing: connections whose buffers stay full too long are closed. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, indent, listener, to } from '../config.ts';
import { request, response, stats } from '../requests.ts';

const format =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON% %UPSTREAM_LOCAL_CLOSE_REASON% %CONNECTION_TERMINATION_DETAILS%';
/** SO_SNDBUF, so that what waits does so with the proxy. */
const small = 'socket_options: [{level: 1, name: 7, int_value: 4096}]\nper_connection_buffer_limit_bytes: 16384';
const timed = `${small}\nper_connection_buffer_high_watermark_timeout: 0.05s`;
const cluster = (name: string) =>
  `- {name: ${name}, load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u0}}}}}}]}]}}\n`;
const tcp = (name: string, more: string) =>
  `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  stat_prefix: ${name}
${indent(more, 2)}
  filter_chains:
  - filters:
    - name: t
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
        stat_prefix: ${name}
        cluster: tcp
        access_log: [{name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: "{{log.${name}}}", log_format: {text_format_source: {inline_string: "${format}\\n"}}}}]
`;
const big = { send: response('HTTP/1.1 200 OK', ['content-length: 8000000'], 'x'.repeat(8_000_000)) };
const deaf = { deaf: true, responses: 0, blind: true } as const;

export const watermarkTimeout: Suite = {
  kind: 'traffic',
  name: 'watermark-timeout',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({ routes: to('http', '/'), statPrefix: 'web', log: { name: 'web', format } }),
        `stat_prefix: web\n${timed}`,
      ),
      tcp('raw', timed),
    ],
    [cluster('http'), cluster('tcp')],
  ),
  cases: [
    {
      name: 'clients',
      steps: [
        { to: 'web', conn: 'w', send: request('GET / HTTP/1.1'), reply: big, logs: ['web'], ...deaf },
        { to: 'raw', conn: 'r', send: request('GET / HTTP/1.1'), reply: big, logs: ['raw'], ...deaf },
        stats(
          '^(http\\.web|tcp\\.raw|listener\\.(web|raw)|cluster\\.(http|tcp))\\.(downstream_cx_(destroy.*|active|total)|upstream_cx_destroy.*|downstream_rq_(rx|tx)_reset)$',
        ),
      ],
    },
  ],
};
