import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { tlsVersions } from './tls-options.ts';

let world: TlsWorldForTests;

beforeEach(() => {
  world = new TlsWorldForTests();
});

/** Whatever a test did, everything native is released. */
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

describe('client and server', () => {
  for (const [version, name] of [
    [tlsVersions.tls12, 'TLSv1.2'],
    [tlsVersions.tls13, 'TLSv1.3'],
  ] as const) {
    test(`${name}: a handshake in pieces of one byte, and bytes both ways`, () => {
      const pair = world.connect(
        world.server({ minVersion: version, maxVersion: version }),
        world.client({ minVersion: version, maxVersion: version, validation: validation() }),
      );
      pair.pump(1);
      assert.deepEqual(pair.server.events, ['connected']);
      assert.deepEqual(pair.client.events, ['connected']);
      pair.client.write('hello ');
      pair.client.write('server');
      pair.server.write('x'.repeat(200_000));
      pair.pump(1000);
      assert.equal(pair.server.received, 'hello server');
      assert.equal(pair.client.received.length, 200_000);
      assert.equal(pair.client.socket.ssl.tlsVersion, name);
      assert.equal(pair.client.socket.ssl.peerCertificateValidated, true);
      assert.equal(pair.client.socket.ssl.peer?.subject, 'O=Tests,CN=server');
    });
  }

  test('TLS 1.3 takes the client’s order of ciphers, TLS 1.2 the server’s', () => {
    const cipher = (version: number, cipherSuites?: string) => {
      const client = { minVersion: version, maxVersion: version, ...(cipherSuites !== undefined && { cipherSuites }) };
      return world.connect(world.server(), world.client(client)).pump().server.socket.ssl.cipherSuite;
    };
    assert.equal(cipher(tlsVersions.tls13), 'TLS_AES_128_GCM_SHA256');
    const chaCha = 'ECDHE-ECDSA-CHACHA20-POLY1305';
    const aes128 = 'ECDHE-ECDSA-AES128-GCM-SHA256';
    assert.equal(cipher(tlsVersions.tls12, `ECDHE-ECDSA-AES256-GCM-SHA384:${aes128}`), aes128);
    assert.equal(cipher(tlsVersions.tls12, `${chaCha}:${aes128}`), chaCha);
  });

  test('many connections at once share the memory of their thread and do not mix', () => {
    const [server, client] = [world.server(), world.client()];
    const pairs = Array.from({ length: 20 }, () => world.connect(server, client));
    // Each carries a piece in turn.
    for (let turns = 0; turns < 8; turns++) for (const pair of pairs) pair.pumpOnce();
    for (let round = 0; round < 5; round++) {
      for (const [i, pair] of pairs.entries()) pair.server.write(`${i};`.repeat(2000));
      for (const pair of pairs) pair.pump(4096);
    }
    for (const [i, pair] of pairs.entries()) {
      assert.equal(pair.client.received, `${i};`.repeat(10_000));
      assert.deepEqual(pair.client.events, ['connected']);
    }
  });

  test('close_notify of one is the end of the stream to the other, which may go on', () => {
    const pair = world.connect(world.server(), world.client()).pump();
    pair.client.write('last', true);
    pair.pump();
    assert.equal(pair.server.received, 'last');
    assert.deepEqual(pair.server.events, ['connected', 'ended']);
    pair.server.write('answer', true);
    pair.pump();
    assert.equal(pair.client.received, 'answer');
    assert.deepEqual(pair.client.events, ['connected', 'ended']);
  });

  test('whoever closes says so to the other, once', () => {
    const pair = world.connect(world.server(), world.client()).pump();
    pair.server.socket.close();
    pair.server.socket.close();
    pair.server.write('too late');
    pair.pump();
    assert.deepEqual(pair.client.events, ['connected', 'ended']);
    assert.equal(pair.client.received, '');
    // In the middle of a handshake there is nobody yet to be told.
    const half = world.connect(world.server(), world.client());
    half.server.socket.close();
    assert.equal(half.server.toSend.length, 0);
  });

  test('what handshakes agreed on is counted by name, and clients without a certificate', () => {
    const server = world.server({ validation: validation() });
    const tls12 = { maxVersion: tlsVersions.tls12, ecdhCurves: 'P-256' };
    world.connect(server, world.client({ certificates: [certificateOptions('client')] })).pump();
    for (let i = 0; i < 2; i++) world.connect(server, world.client(tls12)).pump();
    const counted = (scope: string, names: readonly string[]): readonly number[] =>
      names.map((name) => world.counter(`${scope}.ssl.${name}`));
    const names = [
      'handshake',
      'no_certificate',
      'versions.TLSv1.2',
      'versions.TLSv1.3',
      'curves.P-256',
      'curves.X25519',
    ];
    const ciphers = ['ciphers.TLS_AES_128_GCM_SHA256', 'ciphers.ECDHE-ECDSA-AES128-GCM-SHA256'];
    const signatures = ['sigalgs.ecdsa_secp256r1_sha256'];
    assert.deepEqual(counted('server', [...names, ...ciphers, ...signatures]), [3, 2, 2, 1, 2, 1, 1, 2, 1]);
    assert.deepEqual(counted('client', [...names, ...ciphers, ...signatures]), [3, 0, 2, 1, 2, 1, 1, 2, 3]);
  });

  test('a connection that breaks beneath is told of in the system’s words, unless TLS broke before', () => {
    const reset = { code: 'ECONNRESET', errno: 104, message: 'Connection reset by peer' };
    const pair = world.connect(world.server(), world.client()).pump();
    pair.server.socket.onBroken(reset);
    const reason = 'TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end';
    assert.equal(pair.server.socket.failureReason, reason);
    pair.server.socket.onBroken({ ...reset, errno: 32, message: 'Broken pipe' });
    assert.equal(pair.server.socket.failureReason, reason);
  });

  test('what may not be sent any more, or not yet, is dropped at once', () => {
    const pair = world.connect(world.server(), world.client());
    const left = (): number => {
      const data = new SliceBuffer();
      data.add('nobody reads this');
      pair.server.socket.write(data, false);
      return data.length;
    };
    const before = left();
    pair.pump();
    pair.server.socket.close();
    assert.deepEqual([before, left()], [0, 0]);
    assert.equal(pair.client.received, '');
  });

  test('memory for what goes out is used from the front again, however much it is', () => {
    const { server } = world.connect(world.server(), world.client()).pump();
    const { call } = world.thread.openSsl;
    const control = call.BIO_ctrl;
    let resets = 0;
    const counting = (...args: Parameters<typeof control>): bigint => {
      if (args[1] === 1) resets++;
      return control(...args);
    };
    Object.assign(call, { BIO_ctrl: counting });
    for (let i = 0; i < 300; i++) {
      server.write('x'.repeat(65_536));
      server.toSend.drain(server.toSend.length);
    }
    assert.ok(resets >= 299, `${resets} times`);
  });

  test('what a thread has sent before does not come again, however much it was', () => {
    const [server, client] = [world.server(), world.client()];
    for (let i = 0; i < 100; i++) {
      const pair = world.connect(server, client).pump();
      pair.client.write(`question ${i}`);
      pair.server.write(`answer ${i}`);
      pair.pump();
      assert.deepEqual([pair.server.received, pair.client.received], [`question ${i}`, `answer ${i}`]);
      assert.deepEqual([pair.server.events, pair.client.events], [['connected'], ['connected']]);
    }
  });

  test('who issued the client’s certificate is known when it is trusted, whether the client sent that or not', () => {
    const issuerOf = (name: Parameters<typeof certificateOptions>[0]): string | undefined => {
      const pair = world
        .connect(
          world.server({ validation: validation({ acceptUntrusted: true }) }),
          world.client({ certificates: [certificateOptions(name)] }),
        )
        .pump();
      assert.equal(pair.server.socket.ssl.peerCertificatePresented, true);
      return pair.server.socket.ssl.peerIssuer?.subject;
    };
    assert.match(issuerOf('client') ?? '', /CN=/);
    assert.equal(issuerOf('untrusted-client'), undefined);
    assert.equal(issuerOf('expired-client'), undefined);
  });
});
