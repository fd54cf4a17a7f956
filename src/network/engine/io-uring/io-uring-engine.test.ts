import { IpAddress } from '../../../common/network/address.ts';
import { RealDispatcher } from '../../../event/real-dispatcher.ts';
import type { EngineSubject } from '../compliance/harness.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import type { IoUringEngine } from './io-uring-engine.ts';
import { createIoUringEngine, type IoUringOptions } from './open-io-uring.ts';

const patienceMs = 5000;

function makeSubject(options?: IoUringOptions): EngineSubject & { readonly engine: IoUringEngine } {
  const dispatcher = new RealDispatcher('worker_0');
  const engine = createIoUringEngine(dispatcher, options);
  if ('reason' in engine) throw new Error(engine.reason);
  const pass = (ms: number): Promise<void> => new Promise((resolve) => dispatcher.createTimer(resolve).enableTimer(ms));
  return {
    engine,
    dispatcher,
    async until(condition, what) {
      const endMs = dispatcher.timeSource.monotonicTimeMs() + patienceMs;
      while (!condition()) {
        if (dispatcher.timeSource.monotonicTimeMs() > endMs) throw new Error(`waited in vain for ${what}`);
        await dispatcher.run('NonBlock');
      }
    },
    rest: () => pass(5),
    refusingAddress: () => new IpAddress('127.0.0.1', 1),
    async [Symbol.asyncDispose]() {
      engine[Symbol.dispose]();
      dispatcher.shutdown();
    },
  };
}

runEngineCompliance('io_uring', makeSubject);
