import { IpAddress } from '../../../common/network/address.ts';
import { RealDispatcher } from '../../../event/real-dispatcher.ts';
import type { EngineSubject } from '../compliance/harness.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import { runSystemCompliance } from '../compliance/system.ts';
import { NodeSocketEngine } from './node-engine.ts';

const patienceMs = 5000;

function makeSubject(): EngineSubject {
  const dispatcher = new RealDispatcher('worker_0');
  const engine = new NodeSocketEngine(dispatcher);
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

runEngineCompliance('node', makeSubject);
runSystemCompliance('node', makeSubject);
