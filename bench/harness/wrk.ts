import { join } from 'node:path';
import { findProgram } from '../peers/peer.ts';
import type { Command } from './processes.ts';

/** One kind of request, sent over and over. */
export interface Load {
  readonly connections: number;
  readonly method: 'GET' | 'POST';
  readonly bodyBytes: number;
  /** `{n}` in path and header counts from 0 to `count`. */
  readonly path: string;
  /** `name: value`, or nothing. */
  readonly header: string;
  readonly count: number;
  /** A connection waits so long, on average and at random, before its next request; 0 = not at all. */
  readonly thinkMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly micros: number;
  readonly bytes: number;
  readonly p99Micros: number;
  /** Connections that failed and answers that were no 2xx. */
  readonly faults: number;
}

export const plainLoad: Load = {
  connections: 64,
  method: 'GET',
  bodyBytes: 0,
  path: '/',
  header: '',
  count: 1,
  thinkMs: 0,
};

/** wrk (https://github.com/wg/wrk) where it is installed, else our own, which costs several times more. */
export function loadCommand(load: Load, { port, tls }: { port: number; tls: boolean }, seconds: number): Command {
  const wrk = findProgram('wrk');
  const args = [load.method, load.bodyBytes, load.path, load.header, load.count, load.thinkMs].map(String);
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`;
  const folder = join(import.meta.dirname, '..', 'load');
  if (wrk === undefined) {
    return {
      argv: [process.execPath, join(folder, 'http-load.ts'), url, `${load.connections}`, `${seconds}`, ...args],
    };
  }
  const options = ['-t', '1', '-c', `${load.connections}`, '-d', `${Math.ceil(seconds)}s`, '--timeout', '10s'];
  return { argv: [wrk, ...options, '-s', join(folder, 'report.lua'), url, '--', ...args] };
}

/** The last line of what the load generator printed. */
export function parseLoadResult(output: string): LoadResult {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`the load generator gave no result:\n${output}`);
  return JSON.parse(line) as LoadResult;
}
