import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealDispatcher } from '../../event/real-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { GetAddrInfoDnsResolver, type LookUp } from './getaddrinfo-resolver.ts';
import type { DnsLookupFamily, DnsResult } from './resolver.ts';

/** A resolver of a system that answers when it is told to. */
function start(config: { readonly retries?: number; readonly threads?: number } = {}) {
  const time = new SimulatedTime();
  const asked: string[] = [];
  const waiting: Parameters<LookUp>[1][] = [];
  const lookUp: LookUp = (name, callback) => {
    asked.push(name);
    waiting.push(callback);
  };
  const { retries, threads = 1 } = config;
  const settings = { kind: 'getaddrinfo', retries, threads } as const;
  const resolver = new GetAddrInfoDnsResolver(new SimulatedDispatcher('main_thread', time), settings, lookUp);
  const results: string[] = [];
  const tell =
    (name: string) =>
    ({ status, details, responses }: DnsResult) =>
      results.push(
        `${name}: ${status}, ${details}${responses.map(({ address, ttlSeconds }) => `, ${address.ip}/${ttlSeconds}`).join('')}`,
      );
  const resolve = (name: string, family: DnsLookupFamily = 'AUTO') => resolver.resolve(name, family, tell(name));
  const answer = (text: readonly string[] | string) => {
    waiting.shift()?.(typeof text === 'string' ? { code: text } : text);
    time.advance(0);
  };
  return { resolver, resolve, answer, asked, results };
}

test('addresses of the wanted family, for a minute each', () => {
  const { resolve, answer, results } = start();
  const both = ['10.0.0.1', '::1', '10.0.0.2'];
  for (const family of ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL'] as const) {
    resolve(family, family);
    answer(both);
  }
  resolve('AUTO');
  answer(['10.0.0.1']);
  assert.deepEqual(results, [
    'AUTO: Completed, Success, ::1/60',
    'V4_ONLY: Completed, Success, 10.0.0.1/60, 10.0.0.2/60',
    'V6_ONLY: Completed, Success, ::1/60',
    'V4_PREFERRED: Completed, Success, 10.0.0.1/60, 10.0.0.2/60',
    'ALL: Completed, Success, ::1/60, 10.0.0.1/60, 10.0.0.2/60',
    'AUTO: Completed, Success, 10.0.0.1/60',
  ]);
});

test('so many questions at a time, in turn; one that is not wanted any more is not asked', () => {
  const { resolve, answer, asked, results } = start({ threads: 2 });
  for (const name of ['a', 'b', 'c', 'd']) {
    const query = resolve(name);
    if (name === 'c' || name === 'b') query.cancel();
  }
  assert.deepEqual(asked, ['a', 'b']);
  answer([]);
  assert.deepEqual(asked, ['a', 'b', 'd']);
  answer([]);
  answer(['10.0.0.1']);
  assert.deepEqual(results, ['a: Completed, Success', 'd: Completed, Success, 10.0.0.1/60']);
});

test('an answer for another time is asked for again, as often as may be', () => {
  const { resolve, answer, asked, results } = start({ retries: 1 });
  resolve('a');
  resolve('b');
  answer('EAI_AGAIN');
  assert.deepEqual(asked, ['a', 'b'], 'after those that wait');
  answer('ENOTFOUND');
  answer('EAI_AGAIN');
  assert.deepEqual(results, [
    'b: Failure, Name or service not known',
    'a: Failure, Temporary failure in name resolution',
  ]);
  const patient = start();
  patient.resolve('a');
  for (let i = 0; i < 5; i++) patient.answer('EAI_AGAIN');
  assert.deepEqual([patient.asked.length, patient.results.length], [6, 0]);
});

test('the system knows itself', async () => {
  const settings = { kind: 'getaddrinfo', retries: 0, threads: 1 } as const;
  using resolver = new GetAddrInfoDnsResolver(new RealDispatcher('main_thread'), settings);
  const result = await new Promise<DnsResult>((done) => resolver.resolve('127.0.0.1', 'AUTO', done));
  assert.deepEqual(
    result.responses.map(({ address }) => address.ip),
    ['127.0.0.1'],
  );
});
