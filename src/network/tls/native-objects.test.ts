import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateBytes, certificateOptions, certificatePath } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { type ServerTlsOptions, tlsVersions, type ValidationOptions } from './tls-options.ts';

/**
 * What OpenSSL gives us for good, and by what it goes again: freed, or handed over to what is freed then. Of a stack the
 * elements count as well.
 */
const owners: Readonly<Record<string, readonly [made: readonly string[], gone: readonly string[]]>> = {
  contexts: [['SSL_CTX_new'], ['SSL_CTX_free']],
  connections: [['SSL_new'], ['SSL_free']],
  'ends of the wire': [['BIO_up_ref'], ['SSL_set_bio', 'SSL_set_bio']],
  bios: [['BIO_new', 'BIO_new_mem_buf'], ['BIO_free']],
  certificates: [['PEM_read_bio_X509', 'PEM_read_bio_X509_AUX', 'd2i_X509', 'leaf of PKCS #12'], ['X509_free']],
  keys: [['PEM_read_bio_PrivateKey', 'key of PKCS #12'], ['EVP_PKEY_free']],
  containers: [['d2i_PKCS12_bio'], ['PKCS12_free']],
  'what a PEM text holds': [['element'], ['X509_INFO_free']],
  stacks: [
    ['PEM_X509_INFO_read_bio', 'OPENSSL_sk_new_null', 'stack of PKCS #12'],
    ['OPENSSL_sk_free', 'SSL_CTX_set_client_CA_list'],
  ],
  names: [['X509_NAME_dup'], ['OPENSSL_sk_push', 'X509_NAME_free']],
  stores: [['X509_STORE_new'], ['X509_STORE_free']],
  verifications: [['X509_STORE_CTX_new'], ['X509_STORE_CTX_free']],
  memory: [['CRYPTO_malloc'], ['staple', 'CRYPTO_free']],
  sessions: [['session'], ['SSL_SESSION_free']],
};
/** By whose names a function may be known that gives something away. */
const gives = /_new(?:_|$)|_dup$|^PEM_|^d2i_|up_ref$|malloc$|PKCS12_parse|get1_/;
/** Gives nothing, or is told under another name. */
const elsewhere = ['SSL_CTX_sess_set_new_cb', 'SSL_new_session_ticket', 'PKCS12_parse', 'X509_up_ref'];

type Calls = Record<string, (...args: (bigint | number | string)[]) => bigint | number>;

const statusResponse = 71;
const parsed = ['leaf', 'key', 'leaf', 'stack'];

/** Counts at the very calls, so that nothing depends on what we note ourselves. */
function watch(world: TlsWorldForTests): Map<string, number> {
  // The two ends of the wire are there already.
  const counts = new Map([['BIO_new', 2]]);
  const count = (name: string, by = 1): unknown => counts.set(name, (counts.get(name) ?? 0) + by);
  const { openSsl } = world.thread;
  const call = openSsl.call as unknown as Calls;
  const size = call['OPENSSL_sk_num'] as Calls[string];
  for (const [name, run] of Object.entries(call)) {
    call[name] = (...args) => {
      const result = run(...args);
      if (result !== 0n) count(name);
      if (name === 'PEM_X509_INFO_read_bio' && result !== 0n) count('element', Number(size(result)));
      if (name === 'SSL_ctrl' && args[1] === statusResponse) count('staple');
      // In the file that is read here: a certificate, its key, and its authority.
      if (name === 'PKCS12_parse' && result === 1) for (const what of parsed) count(`${what} of PKCS #12`);
      return result;
    };
  }
  const own = openSsl.own.bind(openSsl);
  openSsl.own = (kind, pointer) => {
    if (kind === 'session') count('session');
    return own(kind, pointer);
  };
  return counts;
}

function carry(world: TlsWorldForTests): void {
  const versions = [tlsVersions.tls12, tlsVersions.tls13].map((version) => ({
    minVersion: version,
    maxVersion: version,
  }));
  const trust = (more: Partial<ValidationOptions> = {}) => ({
    validation: validation(more),
    requireClientCertificate: true,
  });
  const servers: readonly Partial<ServerTlsOptions>[] = [
    {},
    { certificates: ['server', 'server-rsa', 'server-chain'].map((name) => certificateOptions(name)) },
    { certificates: [certificateOptions('server', { ocspStaple: certificateBytes('server-ocsp.der') })] },
    { sessionTicketKeys: [new Uint8Array(80).fill(1), new Uint8Array(80).fill(2)] },
    trust(),
    trust({ crl: certificateBytes('crl.pem') }),
    trust({
      spiffe: [{ domain: 'a.test', workload: '', pem: certificateBytes('ca.pem'), certificates: [], path: '' }],
    }),
    { certificates: [pkcs12('secret')] },
  ];
  for (const version of versions) {
    for (const server of servers) {
      const context = world.server({ ...server, ...version });
      for (const name of ['client', 'untrusted-client', 'svid-a']) {
        const client = world.client({ ...version, maxSessionKeys: 2, certificates: [certificateOptions(name)] });
        client.base.askForOcsp();
        for (let i = 0; i < 3; i++) {
          const pair = world.connect(context, client).pump();
          pair.server.write('answer');
          pair.pump();
          if (i === 1) pair.client.receive('garbage');
          pair.server.socket.close();
        }
        // Some go in the middle of the handshake.
        world.connect(context, client).pumpOnce();
      }
    }
  }
}

function pkcs12(password: string) {
  return certificateOptions('server', {
    pkcs12: certificateBytes('server.p12'),
    pkcs12Path: certificatePath('server.p12'),
    password: Buffer.from(password),
  });
}

/** Of contexts that come to nothing, in the middle of it. */
function fail(world: TlsWorldForTests): void {
  const faulty: readonly Partial<ServerTlsOptions>[] = [
    { certificates: [] },
    { certificates: [certificateOptions('server', { key: certificateBytes('server-rsa-key.pem') })] },
    { certificates: [certificateOptions('server', { key: certificateBytes('server-key-encrypted.pem') })] },
    { certificates: [certificateOptions('server', { chain: Buffer.from('no certificate') })] },
    { certificates: [certificateOptions('server', { chain: halfChain() })] },
    { certificates: [certificateOptions('rsa-1024')] },
    { certificates: [pkcs12('wrong')] },
    { certificates: [certificateOptions('server', { ocspStaple: Buffer.from('no response') })] },
    { validation: validation({ crl: Buffer.from(broken('X509 CRL')) }) },
    { validation: validation({ trustedCa: certificateBytes('ca-key.pem') }) },
    { cipherSuites: 'NO-SUCH-CIPHER' },
    { alpnProtocols: ['x'.repeat(300)] },
  ];
  for (const [i, options] of faulty.entries())
    assert.throws(() => world.server(options), { name: 'ConfigError' }, String(i));
}

const broken = (label: string): string => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;

/** A certificate, and another one that does not open. */
function halfChain(): Buffer {
  return Buffer.concat([certificateBytes('server.pem'), Buffer.from(broken('CERTIFICATE'))]);
}

function assertBalance(counts: ReadonlyMap<string, number>): void {
  const sum = (names: readonly string[]) => names.reduce((all, name) => all + (counts.get(name) ?? 0), 0);
  for (const [kind, [made, gone]] of Object.entries(owners)) assert.equal(sum(gone), sum(made), kind);
}

for (const [what, act] of [
  ['handshakes that end well and badly', carry],
  ['configurations that are refused', fail],
] as const)
  test(`${what}: all that OpenSSL gave is given back`, () => {
    const world = new TlsWorldForTests();
    const counts = watch(world);
    act(world);
    assert.equal(world.releaseAll(), 0);
    world[Symbol.dispose]();
    assertBalance(counts);
    const known = new Set([...Object.values(owners).flatMap(([made]) => made), ...elsewhere]);
    const others = Object.keys(world.thread.openSsl.call).filter((name) => gives.test(name) && !known.has(name));
    assert.deepEqual(others, [], 'whatever gives something away is watched here');
  });

// Nobody may use any of it afterwards, not even to release it.
test('a thread that ends in the middle of everything: all that OpenSSL gave is given back', () => {
  const world = new TlsWorldForTests();
  const counts = watch(world);
  carry(world);
  assert.ok(world.thread.openSsl.liveCount() > 0);
  world.thread[Symbol.dispose]();
  assertBalance(counts);
});
