/** Pieces of suites about TLS: files, certificates, listeners that echo through TLS, and clients that come to them. */
import { pem, type TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, fileLog, indent } from '../config.ts';

const types = 'type.googleapis.com/envoy.extensions';

/** A PEM file of the suite's folder, as a data source. */
export const file = (name: string) => `{filename: "{{folder}}/${name.replace('/', '-')}.pem"}`;

export const certificate = (name: string, more = '') =>
  `{certificate_chain: ${file(name)}, private_key: ${file(`${name}-key`)}${more}}`;

export const certificates = (...names: readonly string[]) =>
  `tls_certificates: [${names.map((name) => certificate(name)).join(', ')}]`;

/** For `Suite.files`. */
export const pemFiles = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [`${name.replace('/', '-')}.pem`, pem(name)]));

export const withKeys = (...names: readonly string[]): string[] => names.flatMap((name) => [name, `${name}-key`]);

/** A listener that echoes; what is common to TLS contexts, and what is the server's own. */
export const server = (name: string, common: string, own: string, format: string): string => `- name: ${name}
  stat_prefix: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  access_log:
${indent(fileLog(name, format), 2)}
  filter_chains:
  - filters: [{name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}]
    transport_socket:
      name: tls
      typed_config: {"@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: {${common}}${own && `, ${own}`}}
`;

/** By name: the listener, and the clients that come to it. */
export type Row = readonly [name: string, listener: string, clients: readonly TlsPeer[]];

/** A connection's line is written when it ends, be it in its handshake; statistics are looked at after the last one. */
const meet = (to: string, tls: TlsPeer, stats: string | undefined, conn: string): Exchange[] => [
  { to, conn, send: 'hello', raw: 5, tls, logs: [to] },
  { to, conn, fin: true, raw: 'close', logs: [to], ...(stats === undefined ? {} : { stats }) },
];

const rowCases = (rows: readonly Row[]): Case[] =>
  rows.map(([name, , clients]) => ({
    name,
    steps: clients.flatMap((tls, i) =>
      meet(name, tls, i === clients.length - 1 ? `^listener\\.${name}\\.ssl\\.` : undefined, String(i)),
    ),
  }));

export const rowSuite = (name: string, rows: readonly Row[], files: Readonly<Record<string, string>>): Suite => ({
  kind: 'traffic',
  name,
  config: bootstrap(
    rows.map(([, listener]) => listener),
    [],
  ),
  files,
  cases: rowCases(rows),
});
