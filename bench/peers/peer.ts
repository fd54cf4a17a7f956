import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Command } from '../harness/processes.ts';

/** What a proxy is to do, beside one listener and one upstream whose connections are kept. */
export interface Shape {
  readonly kind: 'http' | 'tcp';
  /** Whether clients come by TLS. */
  readonly tls: boolean;
  /** Whether clients may resume TLS sessions. wrk does so wherever it can: it must be forbidden to measure whole handshakes. */
  readonly resumption: boolean;
  /** Threads, or processes, that serve. */
  readonly workers: number;
  /** So many virtual hosts `h0.test` …, each with one route, instead of one for all. */
  readonly hosts: number;
  /** So many prefix routes `/r0/` … before the one for all. */
  readonly routes: number;
  /** A line a request, in the proxy's own default format, to a file. */
  readonly accessLog: boolean;
  /** So many further listeners of its own are upstream, one behind the other; the last answers with 100 bytes. 0 = the backend is. */
  readonly ownUpstreams: number;
  /** So many filters that do nothing before the router: TypeScript classes of a plugin. */
  readonly filters: number;
}

export const plainHttp: Shape = {
  kind: 'http',
  tls: false,
  resumption: true,
  workers: 1,
  hosts: 0,
  routes: 0,
  accessLog: false,
  ownUpstreams: 0,
  filters: 0,
};

export interface ProxySetup extends Shape {
  /** Where its files may lie. */
  readonly folder: string;
  readonly port: number;
  readonly backendPort: number;
  /** Of its further listeners. */
  readonly ownPorts: readonly number[];
}

/** The ports that a request goes through: of the proxy's listeners, one behind the other, then the backend's where it is upstream. */
export function portsOnTheWay({ port, backendPort, ownPorts }: ProxySetup): readonly number[] {
  return [port, ...(ownPorts.length > 0 ? ownPorts : [backendPort])];
}

/** The certificate and key (ECDSA P-256) that all proxies show, made for the bench and nothing else. */
export const certificate = join(import.meta.dirname, '../load/certificate.pem');
export const privateKey = join(import.meta.dirname, '../load/private-key.pem');

/** A proxy to measure. */
export interface Peer {
  readonly name: string;
  /** Whether its configuration here can do that. */
  supports(shape: Shape): boolean;
  /** The program; undefined where it is not installed. */
  find(): string | undefined;
  /** Writes the configuration; answers how to start it, as one process that stays in the foreground. */
  prepare(program: string, setup: ProxySetup): Command;
}

/** What the last of its listeners answers. */
export const ownAnswer = '0123456789'.repeat(10);

/** A program of PATH, or of the folders where servers lie. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
