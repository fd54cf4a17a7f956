import assert from 'node:assert/strict';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { tcpListener } from './config-push.ts';
import { LiveProxy } from './live-proxy.ts';
import { poll } from './poll.ts';
import { RawClient } from './raw-client.ts';

/**
 * A filter of an outsider's: sends back what comes, and does as it is told: `900` hangs so many ms and says so before,
 * `900die` dies then, `900hoard` runs out of memory.
 */
const obedientPlugin = `
import { writeSync } from 'node:fs';
import { defineNetworkFilter, type Buffer, type NetworkFilter, type ReadFilterCallbacks } from '@nuncio/sdk';

class Obedient implements NetworkFilter {
  #callbacks!: ReadFilterCallbacks;
  readonly #worker: number;
  constructor(worker: number) {
    this.#worker = worker;
  }
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }
  onData(data: Buffer, endStream: boolean) {
    const text = data.toString();
    const hangsMs = Number.parseInt(text) || 0;
    if (hangsMs > 0) writeSync(2, 'worker ' + this.#worker + ' hangs\\n');
    for (const end = performance.now() + hangsMs; performance.now() < end; );
    if (text.endsWith('die')) queueMicrotask(() => { throw new Error('told to die'); });
    if (text.endsWith('hoard')) for (const hoard: object[] = []; ; ) hoard.push({ text });
    data.addUtf8(' worker ' + this.#worker);
    this.#callbacks.connection.write(data, endStream);
    return 'StopIteration' as const;
  }
}

export const obedient = defineNetworkFilter<undefined>({
  name: 'test.obedient',
  configTypes: ['google.protobuf.Struct'],
  parseConfig: () => undefined,
  createFilterFactory: (_config, { workerIndex }) => () => new Obedient(workerIndex),
  isTerminal: () => true,
});
`;
const typed_config = { '@type': 'type.googleapis.com/google.protobuf.Struct' };

type Fields = { readonly [field: string]: JsonInput };

/** @param filters before the filter */
export function obedientChains(filters: readonly Fields[] = []): Fields[] {
  return [{ filters: [...filters, { name: 'test.obedient', typed_config }] }];
}

export interface ObedientOptions {
  /** More of the bootstrap. */
  readonly config?: Fields;
  /** More of the listener. */
  readonly listener?: Fields;
  readonly args?: readonly string[];
  readonly concurrency?: number;
  /** Runs on each thread that loads the plugin, before it. */
  readonly prelude?: string;
  /** More files in the proxy's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The proxy with a listener of that filter, named `obedient`. */
export function startObedient(options: ObedientOptions = {}): Promise<LiveProxy> {
  const { config = {}, listener = {}, args = [], concurrency = 2 } = options;
  const listeners = [tcpListener('obedient', 0, { filter_chains: obedientChains(), ...listener })];
  return LiveProxy.start({
    config: { static_resources: { listeners }, ...config },
    args: ['--plugin', '$FOLDER/obedient.ts', '--concurrency', String(concurrency), ...args],
    files: { 'obedient.ts': `${options.prelude ?? ''}\n${obedientPlugin}`, ...options.files },
  });
}

/** What comes back; '' when the connection ended instead. */
export async function say(client: RawClient, text: string): Promise<string> {
  const before = client.received.length;
  await client.send([text]);
  const answer = () => client.received.slice(before);
  await poll(async () => (answer() !== '' || client.end !== 'open' ? true : undefined), { timeoutMs: 10_000 });
  return answer();
}

/** Has a worker hang, with what else it is told; when this returns it sees nothing of what comes. */
export async function hang(proxy: LiveProxy, client: RawClient, text: string): Promise<void> {
  const hangs = () => proxy.log.split(' hangs\n').length;
  const before = hangs();
  await client.send([text]);
  await proxy.until(async () => hangs() > before, 'a worker that hangs');
}

/** A connection on each of two workers; one that was just replaced may still be starting. */
export async function onBoth(port: number): Promise<readonly [RawClient, RawClient]> {
  const byWorker = new Map<string, RawClient>();
  const both = await poll(
    async () => {
      const client = await RawClient.connect(port);
      const worker = await say(client, 'hi');
      if (byWorker.has(worker)) client.reset();
      else byWorker.set(worker, client);
      return byWorker.size === 2 ? [...byWorker.values()] : undefined;
    },
    { timeoutMs: 30_000 },
  );
  const [first, second] = both ?? [];
  assert.ok(first !== undefined && second !== undefined, 'the kernel chose one worker only');
  return [first, second];
}
