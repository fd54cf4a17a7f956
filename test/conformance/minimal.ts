/** Whole configurations around one small fragment, for tables of verdicts. */
import { indent } from './config.ts';

const types = 'type.googleapis.com/envoy.extensions';
const router = `{name: router, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}`;

export type Row = readonly [name: string, fragment: string];

/** A whole bootstrap as it stands. */
export function whole(fragment: string): string {
  return fragment;
}

const okCluster = `- name: a
  load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}]}`;

/** Top-level fields beside an empty `static_resources`. */
export function beside(fragment: string): string {
  return `static_resources: {}\n${fragment}\n`;
}

/** The list of clusters. */
export function clusters(fragment: string): string {
  return `static_resources:\n  clusters:\n${indent(fragment, 2)}\n`;
}

/** Fields of one cluster `a` that has one host unless `load_assignment` is given. */
export function clusterWith(fragment: string): string {
  const given = /^(load_assignment|name):/m.test(fragment);
  return clusters(given ? `- ${indent(fragment, 2).trimStart()}` : `${okCluster}\n${indent(fragment, 2)}`);
}

/** The list of listeners, beside a cluster `a`. */
export function listeners(fragment: string): string {
  return `static_resources:\n  clusters:\n${indent(okCluster, 2)}\n  listeners:\n${indent(fragment, 2)}\n`;
}

/** Fields of one listener that has an address and an echo filter chain unless given. */
export function listenerWith(fragment: string): string {
  const address = /^address:/m.test(fragment) ? '' : 'address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n';
  const chains = /^(filter_chains|default_filter_chain):/m.test(fragment)
    ? ''
    : `filter_chains: [{filters: [{name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}]}]\n`;
  return listeners(`- name: l\n${indent(`${address}${chains}${fragment}`, 2)}`);
}

/** The list of network filters of one chain. */
export function filters(fragment: string): string {
  return listenerWith(`filter_chains:\n- filters:\n${indent(fragment, 2)}`);
}

/** Fields of a connection manager with stat prefix, a route to `a` and the router, unless given. */
export function hcmWith(fragment: string): string {
  const prefix = /^stat_prefix:/m.test(fragment) ? '' : 'stat_prefix: x\n';
  const routes = /^(route_config|rds|scoped_routes):/m.test(fragment)
    ? ''
    : 'route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a}}]}]}\n';
  const http = /^http_filters:/m.test(fragment) ? '' : `http_filters: [${router}]\n`;
  const type = `"@type": ${types}.filters.network.http_connection_manager.v3.HttpConnectionManager\n`;
  return filters(`- name: h\n  typed_config:\n${indent(`${type}${prefix}${routes}${http}${fragment}`, 4)}`);
}

/** Fields of a route configuration. */
export function routeConfig(fragment: string): string {
  return hcmWith(`route_config:\n${indent(fragment, 2)}`);
}

/** Fields of a virtual host `v` with the domain `*` unless given. */
export function virtualHost(fragment: string): string {
  const domains = /^domains:/m.test(fragment) ? '' : 'domains: ["*"]\n';
  return routeConfig(`virtual_hosts:\n- name: v\n${indent(`${domains}${fragment}`, 2)}`);
}

/** One route. */
export function route(fragment: string): string {
  return virtualHost(`routes:\n- ${indent(fragment, 2).trimStart()}`);
}

/** Fields of a route's match; the action is a cluster. */
export function match(fragment: string): string {
  return route(`match: ${fragment}\nroute: {cluster: a}`);
}

/** A route action's fields beside its match. */
export function action(fragment: string): string {
  return route(`match: {prefix: /}\nroute: ${fragment}`);
}

/** Fields of a tcp_proxy with a stat prefix unless given. */
export function tcpWith(fragment: string): string {
  const prefix = /^stat_prefix:/m.test(fragment) ? '' : 'stat_prefix: x\n';
  const type = `"@type": ${types}.filters.network.tcp_proxy.v3.TcpProxy\n`;
  return filters(`- name: t\n  typed_config:\n${indent(`${type}${prefix}${fragment}`, 4)}`);
}

/** One access logger of a connection manager. */
export function accessLog(fragment: string): string {
  return hcmWith(`access_log:\n- ${indent(fragment, 2).trimStart()}`);
}

/** A stdout access log's `log_format`. */
export function logFormat(fragment: string): string {
  const type = `"@type": ${types}.access_loggers.stream.v3.StdoutAccessLog`;
  return accessLog(`name: l\ntyped_config: {${type}, log_format: ${fragment}}`);
}

export function rows(part: string, wrap: (fragment: string) => string, table: readonly Row[]) {
  return table.map(([name, fragment]) => ({ name: `${part}: ${name}`, config: wrap(fragment) }));
}
