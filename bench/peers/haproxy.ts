import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, type Peer, type ProxySetup } from './peer.ts';

export const haproxy: Peer = {
  name: 'HAProxy',
  supports: ({ hosts, routes }) => hosts + routes === 0,
  find: () => findProgram('haproxy'),
  prepare(program, setup) {
    const path = join(setup.folder, 'haproxy.cfg');
    writeFileSync(path, haproxyConfig(setup));
    return { argv: [program, '-db', '-f', path] };
  },
};

function haproxyConfig({ kind, port, backendPort }: ProxySetup): string {
  const headers = `
  option forwardfor
  unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http`;
  return `
global
  nbthread 1
  maxconn 12000
  no strict-limits
defaults
  mode ${kind}
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
frontend bench
  bind 127.0.0.1:${port}${kind === 'http' ? headers : ''}
  default_backend backend
backend backend${kind === 'http' ? '\n  http-reuse always' : ''}
  server backend 127.0.0.1:${backendPort}
`;
}
