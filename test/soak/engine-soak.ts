/**
 * A socket engine under load for as long as one likes: `node test/soak/engine-soak.ts --seconds 600 --engine io_uring`.
 * Rounds of random traffic from a seed (connections opened, starved, half-closed, closed and reset), then a thousand
 * connections one after the other. Fails when descriptors, buffers or memory grow.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { IpAddress } from '../../src/common/network/address.ts';
import { RealDispatcher } from '../../src/event/real-dispatcher.ts';
import { Churn } from '../../src/network/engine/compliance/exhaustion.ts';
import type { EngineSubject } from '../../src/network/engine/compliance/harness.ts';
import { Soak } from '../../src/network/engine/compliance/soak.ts';
import { createIoUringEngine } from '../../src/network/engine/io-uring/open-io-uring.ts';
import { NodeSocketEngine } from '../../src/network/engine/node/node-engine.ts';

export interface SoakOptions {
  readonly engine: 'io_uring' | 'node';
  readonly seconds: number;
  readonly seed: number;
  readonly connectionsEach: number;
  print(line: string): void;
}

export interface SoakResult {
  readonly connections: number;
  /** Resident memory after the first rounds, and the most that it was at the end of a later one. */
  readonly firstMiB: number;
  readonly lastMiB: number;
  readonly leftDescriptors: number;
  /** Operations and receive buffers that never came back; 0 on engines without. */
  readonly leftOver: number;
}

const mebibyte = 1024 * 1024;
const patienceMs = 20_000;

export async function soakEngine(options: SoakOptions): Promise<SoakResult> {
  const { seconds, print } = options;
  const dispatcher = new RealDispatcher('worker_0');
  const engine = createEngine(options.engine, dispatcher);
  const subject = subjectOf(engine, dispatcher);
  const end = performance.now() + seconds * 1000;
  let connections = 0;
  let first: { readonly bytes: number; readonly descriptors: number } | undefined;
  let last = 0;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    const soak = new Soak(subject, options.seed + round);
    await soak.run(300);
    await soak.end();
    const churn = new Churn(subject);
    await churn.run(options.connectionsEach);
    churn.close();
    await subject.rest();
    connections += soak.connections + options.connectionsEach;
    last = process.memoryUsage.rss();
    if (round === 1) first = { bytes: last, descriptors: openDescriptors() };
    if (round % 10 === 0) print(`round ${round}: ${connections} connections, ${Math.round(last / mebibyte)} MiB`);
  }
  const leftOver = (): number => (engine.usedIds ?? 0) + (engine.receiveMemory?.held ?? 0);
  const inTime = performance.now() + patienceMs / 2;
  await subject.until(() => leftOver() === 0 || performance.now() > inTime, 'nothing');
  const result = {
    connections,
    firstMiB: (first?.bytes ?? 0) / mebibyte,
    lastMiB: last / mebibyte,
    leftDescriptors: Math.max(0, openDescriptors() - (first?.descriptors ?? 0)),
    leftOver: leftOver(),
  };
  engine[Symbol.dispose]();
  dispatcher.shutdown();
  return result;
}

type Engine = EngineSubject['engine'] & {
  readonly usedIds?: number;
  readonly receiveMemory?: { readonly held: number };
};

function createEngine(name: SoakOptions['engine'], dispatcher: RealDispatcher): Engine {
  if (name === 'node') return new NodeSocketEngine(dispatcher);
  const engine = createIoUringEngine(dispatcher);
  if ('reason' in engine) throw new Error(engine.reason);
  return engine;
}

function subjectOf(engine: Engine, dispatcher: RealDispatcher): EngineSubject {
  return {
    engine,
    dispatcher,
    async until(condition, what) {
      const endMs = performance.now() + patienceMs;
      while (!condition()) {
        if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
        await dispatcher.run('NonBlock');
      }
    },
    rest: () => new Promise((resolve) => dispatcher.createTimer(resolve).enableTimer(20)),
    refusingAddress: () => new IpAddress('127.0.0.1', 1),
    async [Symbol.asyncDispose]() {},
  };
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'io_uring' },
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const seed = Number(values.seed);
  process.stdout.write(`seed ${seed}\n`);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const engine = values.engine === 'node' ? 'node' : 'io_uring';
  const result = await soakEngine({ engine, seconds: Number(values.seconds), seed, connectionsEach: 1000, print });
  print(JSON.stringify(result));
  const grown = result.lastMiB - result.firstMiB;
  process.exitCode = result.leftDescriptors + result.leftOver > 0 || grown > 100 ? 1 : 0;
}
