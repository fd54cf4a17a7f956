import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Command } from '../harness/processes.ts';

/** What a proxy is to do: one listener, one upstream, one worker, no access log, upstream connections kept. */
export interface ProxySetup {
  readonly kind: 'http' | 'tcp';
  /** Where its files may lie. */
  readonly folder: string;
  readonly port: number;
  readonly backendPort: number;
  /** So many virtual hosts `h0.test` …, each with one route, instead of one for all. */
  readonly hosts: number;
  /** So many prefix routes `/r0/` … before the one for all. */
  readonly routes: number;
}

/** A proxy to measure. */
export interface Peer {
  readonly name: string;
  /** Whether its configuration here can do that. */
  supports(setup: Pick<ProxySetup, 'kind' | 'hosts' | 'routes'>): boolean;
  /** The program; undefined where it is not installed. */
  find(): string | undefined;
  /** Writes the configuration; answers how to start it, as one process that stays in the foreground. */
  prepare(program: string, setup: ProxySetup): Command;
}

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
