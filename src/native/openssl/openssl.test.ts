import assert from 'node:assert/strict';
import ffi from 'node:ffi';
import { test } from 'node:test';
import { NativeLedger } from '../native-ledger.ts';
import { OpenSsl } from './openssl.ts';
import { SslConnection } from './ssl-connection.ts';
import { SslContext } from './ssl-context.ts';

test('memory goes with the thread, and the objects that it had not released', () => {
  const ledger = new NativeLedger();
  const openSsl = new OpenSsl(ledger.memory);
  const context = new SslContext(openSsl);
  const connection = new SslConnection(openSsl, context, 'client', {} as never);
  new SslConnection(openSsl, context, 'server', {} as never)[Symbol.dispose]();
  const written = () => [openSsl.liveCount('connection'), openSsl.liveCount('context'), ledger.objects.count()];
  assert.deepEqual(written(), [1, 1, 4], 'the wire has two');
  openSsl[Symbol.dispose]();
  assert.deepEqual(written(), [0, 0, 0]);
  connection[Symbol.dispose]();
  openSsl[Symbol.dispose]();
  assert.deepEqual(ledger.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
});

test('what lives when nobody disposes of it, another thread gives back', () => {
  const ledger = new NativeLedger();
  new SslContext(new OpenSsl(ledger.memory));
  const another = new NativeLedger(ledger.memory);
  assert.deepEqual(another.reclaim(), { descriptors: 0, mappings: 3, objects: 3 });
  assert.deepEqual(another.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
});

test('functions that OpenSSL may call are made once, and given back with the thread', (t) => {
  const { prototype } = ffi.DynamicLibrary;
  const registered = t.mock.method(prototype, 'registerCallback').mock;
  const unregistered = t.mock.method(prototype, 'unregisterCallback').mock;
  const openSsl = new OpenSsl();
  for (let i = 0; i < 2; i++) {
    const context = new SslContext(openSsl);
    context.judgeCertificates();
    context.watchClientHello();
    context.selectProtocols();
    context.answerStatusRequests();
    context.logKeys();
  }
  openSsl[Symbol.dispose]();
  assert.equal(registered.callCount(), 5);
  assert.deepEqual(
    unregistered.calls.map(({ arguments: [pointer] }) => pointer),
    registered.calls.map(({ result }) => result),
  );
});
