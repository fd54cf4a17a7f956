/** Pieces of bootstrap YAML. All in flow or block style that can be nested by indenting. */

const types = 'type.googleapis.com/envoy.extensions';

export function indent(text: string, by: number): string {
  return text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(by));
}

function address(port: string): string {
  return `{socket_address: {address: 127.0.0.1, port_value: ${port}}}`;
}

/** A static cluster of the named upstream's port (or several). `extra` are further lines of the cluster. */
export function cluster(name: string, upstreams: readonly string[] = [name], extra = ''): string {
  const hosts = upstreams.map((upstream) => {
    const port = /^\d+$/.test(upstream) ? upstream : `{{${upstream}}}`;
    return `      - endpoint: {address: ${address(port)}}`;
  });
  return `- name: ${name}
  connect_timeout: 2s
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints:
${hosts.join('\n')}
${extra === '' ? '' : `${indent(extra, 2)}\n`}`;
}

/** A listener on the placeholder of its own name with these network filters. */
export function listener(name: string, filters: string, extra = ''): string {
  return `- name: ${name}
  address: ${address(`{{${name}}}`)}
  filter_chains:
  - filters:
${indent(filters, 4)}
${extra === '' ? '' : `${indent(extra, 2)}\n`}`;
}

export interface HcmOptions {
  /** `domains: ['*']` with these routes; or whole virtual hosts. */
  readonly routes?: string;
  readonly virtualHosts?: string;
  readonly routeConfig?: string;
  /** Further lines of the connection manager. */
  readonly extra?: string;
  readonly statPrefix?: string;
  /** Short unless told: a refused request's connection is seen to close without waiting a second for it. */
  readonly delayedClose?: string;
  /** Text format of an access log at `{{log.NAME}}`. */
  readonly log?: { readonly name: string; readonly format: string };
  readonly httpFilters?: string;
}

export function fileLog(name: string, format: string): string {
  return `- name: file
  typed_config:
    "@type": ${types}.access_loggers.file.v3.FileAccessLog
    path: "{{log.${name}}}"
    log_format: {text_format_source: {inline_string: ${JSON.stringify(`${format}\n`)}}}
`;
}

export const router = `- name: envoy.filters.http.router
  typed_config: {"@type": ${types}.filters.http.router.v3.Router}
`;

export function hcm(options: HcmOptions): string {
  const hosts = options.virtualHosts ?? `- name: all\n  domains: ["*"]\n  routes:\n${indent(options.routes ?? '', 2)}`;
  const log = options.log ? `access_log:\n${fileLog(options.log.name, options.log.format)}` : '';
  return `- name: hcm
  typed_config:
    "@type": ${types}.filters.network.http_connection_manager.v3.HttpConnectionManager
    stat_prefix: ${options.statPrefix ?? 'in'}
    delayed_close_timeout: ${options.delayedClose ?? '0.02s'}
    route_config:
      name: routes
${indent(options.routeConfig ?? '', 6)}
      virtual_hosts:
${indent(hosts, 6)}
    http_filters:
${indent(options.httpFilters ?? router, 4)}
${indent(log, 4)}
${indent(options.extra ?? '', 4)}
`.replace(/^\s*\n/gm, '');
}

export function tcpProxy(name: string, extra: string): string {
  return `- name: tcp
  typed_config:
    "@type": ${types}.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: ${name}
${indent(extra, 4)}
`;
}

/** A route of everything under a prefix to a cluster. */
export function to(clusterName: string, prefix = '/', extra = ''): string {
  return `- match: {prefix: "${prefix}"}\n  route: {cluster: ${clusterName}}\n${indent(extra, 2)}\n`;
}

export function bootstrap(listeners: readonly string[], clusters: readonly string[], extra = ''): string {
  return `${extra}
static_resources:
  listeners:
${indent(listeners.join(''), 2)}
  clusters:
${indent(clusters.join(''), 2)}
`;
}
