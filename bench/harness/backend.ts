import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxConfig } from '../peers/nginx.ts';
import { findProgram } from '../peers/peer.ts';
import type { Command } from './processes.ts';

export const bigBodyBytes = 64 * 1024 * 1024;

/** The upstream: nginx where it is installed, else our own. `/` answers 100 bytes, `/post` too once it has the body, `/big` 64 MiB. */
export function backendCommand(folder: string, port: number): Command {
  const nginx = findProgram('nginx');
  if (nginx === undefined)
    return { argv: [process.execPath, join(import.meta.dirname, '../load/backend.ts'), `${port}`] };
  const big = openSync(join(folder, 'big'), 'w');
  ftruncateSync(big, bigBodyBytes);
  closeSync(big);
  const path = join(folder, 'backend.conf');
  writeFileSync(path, nginxConfig(folder, 'backend', server(folder, port)));
  return { argv: [nginx, '-c', path, '-p', folder] };
}

function server(folder: string, port: number): string {
  return `
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_max_body_size 0;
  client_body_temp_path ${folder}/backend-body;
  upstream itself { server 127.0.0.1:${port}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /big { root ${folder}; }
    # The whole body is read before the answer is made.
    location = /post {
      client_body_buffer_size 2m;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://itself/;
    }
    location / { return 200 "${'0123456789'.repeat(10)}"; }
  }
}
`;
}
