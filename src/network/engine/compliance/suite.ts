import { describe } from 'node:test';
import { closingTests } from './closing.ts';
import { connectingTests } from './connecting.ts';
import { datagramTests } from './datagrams.ts';
import type { EngineSubject } from './harness.ts';
import { streamingTests } from './streaming.ts';

/** The tests that every engine must pass. */
export function runEngineCompliance(name: string, make: () => EngineSubject): void {
  describe(`socket engine ${name}`, () => {
    connectingTests(make);
    streamingTests(make);
    closingTests(make);
    datagramTests(make);
  });
}
