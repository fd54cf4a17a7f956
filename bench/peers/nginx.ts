import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate, findProgram, type Peer, type ProxySetup, privateKey } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx',
  supports: ({ kind, hosts, routes, filters, accessLog, ownUpstreams, workers }) =>
    kind === 'http' && hosts + routes + filters + ownUpstreams === 0 && !accessLog && workers === 1,
  find: () => findProgram('nginx'),
  prepare(program, setup) {
    const path = join(setup.folder, 'nginx.conf');
    writeFileSync(path, nginxConfig(setup.folder, 'nginx', proxy(setup)));
    return { argv: [program, '-c', path, '-p', setup.folder] };
  },
};

/** One process in the foreground. */
export function nginxConfig(folder: string, name: string, server: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/${name}.pid;
error_log stderr crit;
worker_rlimit_nofile 65536;
events { worker_connections 32768; }
${server}`;
}

const secure = `
    ssl_certificate ${certificate};
    ssl_certificate_key ${privateKey};
    ssl_protocols TLSv1.2 TLSv1.3;`;
const noResumption = `
    ssl_session_tickets off;
    ssl_session_cache off;`;

function proxy({ port, backendPort, folder, tls, resumption }: ProxySetup): string {
  return `
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_max_body_size 0;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};${tls ? secure : ''}${tls && !resumption ? noResumption : ''}
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`;
}
