/** What a docker-compose file of envoyproxy/examples would start: services and proxies that know each other by name. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../../scripts/built.ts';
import { PortSource } from '../../harness/ports.ts';
import { ProxyProcess } from '../../harness/proxy-process.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

/** An HTTP service that greets, and remembers whom. */
export class Service {
  readonly #server: Server;
  readonly seen: { readonly host: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];

  constructor(greeting: string) {
    this.#server = createServer((request, response) => {
      const { headers, url = '' } = request;
      this.seen.push({ host: headers.host ?? '', path: url, headers });
      response.end(greeting);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

export class Example implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nuncio-example-'));
  readonly #source: PortSource;
  readonly #ports = new Map<string, number>();
  readonly #services: Service[] = [];
  readonly #proxies: ProxyProcess[] = [];

  /** @param seed apart from those of tests that run at the same time. */
  constructor(seed: number) {
    this.#source = new PortSource(process.pid + seed);
  }

  /** The port behind a name of a configuration; taken when it is first asked for. */
  async port(name: string): Promise<number> {
    const port = this.#ports.get(name) ?? (await this.#source.take());
    this.#ports.set(name, port);
    return port;
  }

  namePort(name: string, port: number): void {
    this.#ports.set(name, port);
  }

  async service(name: string, greeting: string): Promise<Service> {
    const service = new Service(greeting);
    this.#services.push(service);
    this.namePort(name, await service.listen());
    return service;
  }

  /** Starts a proxy with a configuration whose `{{names}}` become ports; its admin's is `{{NAME-admin}}`. */
  async proxy(name: string, yaml: string): Promise<ProxyProcess> {
    const admin = `admin: {address: {socket_address: {address: 127.0.0.1, port_value: {{${name}-admin}}}}}\n`;
    let text = admin + yaml;
    for (const [whole, placeholder = ''] of text.matchAll(/\{\{([\w-]+)\}\}/g)) {
      text = text.replaceAll(whole, String(await this.port(placeholder)));
    }
    const configPath = join(this.#folder, `${name}.yaml`);
    writeFileSync(configPath, text);
    const adminPort = await this.port(`${name}-admin`);
    const proxy = await ProxyProcess.start({ command: ensureBuilt(), configPath, adminPort, folder: this.#folder });
    this.#proxies.push(proxy);
    return proxy;
  }

  async get(name: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await fetch(`http://127.0.0.1:${await this.port(name)}${path}`, { headers, redirect: 'manual' });
    return { status: answer.status, body: await answer.text(), headers: answer.headers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) service.close();
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A cluster that finds its one host by name: over IPv4, where the services are. */
export function dnsCluster(name: string, port: string): string {
  return `  - name: ${name}
    type: STRICT_DNS
    dns_lookup_family: V4_ONLY
    lb_policy: ROUND_ROBIN
    load_assignment:
      cluster_name: ${name}
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: localhost
                port_value: {{${port}}}
`;
}

/** A listener whose connection manager has these routes (as list items) and further fields. */
export function httpListener(port: string, routes: string, fields = ''): string {
  const indent = (text: string, by: number) => text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(by));
  return `  - address:
      socket_address:
        address: 127.0.0.1
        port_value: {{${port}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          codec_type: AUTO
          stat_prefix: ${port.replaceAll('-', '_')}
${indent(fields, 10)}
          route_config:
            name: local_route
            virtual_hosts:
            - name: everything
              domains: ["*"]
              routes:
${indent(routes, 14)}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
`;
}

export function resources(listeners: string, clusters: string): string {
  return `static_resources:\n  listeners:\n${listeners}  clusters:\n${clusters}`;
}
