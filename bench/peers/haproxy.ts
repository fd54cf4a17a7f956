import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate, findProgram, ownAnswer, type Peer, type ProxySetup, portsOnTheWay, privateKey } from './peer.ts';

export const haproxy: Peer = {
  name: 'HAProxy',
  supports: ({ hosts, routes, filters, accessLog }) => hosts + routes + filters === 0 && !accessLog,
  find: () => findProgram('haproxy'),
  prepare(program, setup) {
    const path = join(setup.folder, 'haproxy.cfg');
    writeFileSync(path, haproxyConfig(setup));
    const pem = [certificate, privateKey].map((file) => readFileSync(file, 'utf8'));
    writeFileSync(join(setup.folder, 'haproxy.pem'), pem.join(''));
    return { argv: [program, '-db', '-f', path] };
  },
};

function haproxyConfig(setup: ProxySetup): string {
  const { kind, ownPorts, workers } = setup;
  const headers = `
  option forwardfor
  unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http`;
  const ports = portsOnTheWay(setup);
  const hops = ports.slice(1).map(
    (upstream, i) => `
frontend bench-${i}
  bind 127.0.0.1:${ports[i]}${setup.tls ? ` ssl crt ${setup.folder}/haproxy.pem${setup.resumption ? '' : ' no-tls-tickets'}` : ''}${kind === 'http' ? headers : ''}
  default_backend backend-${i}
backend backend-${i}${kind === 'http' ? '\n  http-reuse always' : ''}
  server backend 127.0.0.1:${upstream}
`,
  );
  const answering = `
frontend answering
  bind 127.0.0.1:${ports.at(-1)}
  http-request return status 200 content-type text/plain string ${ownAnswer}
`;
  return `
global
  nbthread ${workers}
  maxconn 12000
  no strict-limits${setup.resumption ? '' : '\n  tune.ssl.cachesize 0'}
defaults
  mode ${kind}
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
${hops.join('')}${ownPorts.length > 0 ? answering : ''}`;
}
