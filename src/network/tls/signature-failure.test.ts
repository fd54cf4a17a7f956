import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { certificateBytes, certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import type { OpenSslError } from '../../native/openssl/openssl.ts';
import { signatureFaults } from './signature-failure.ts';

let world: TlsWorldForTests;

beforeEach(() => {
  world = new TlsWorldForTests();
});

afterEach(() => {
  world.releaseAll();
  world[Symbol.dispose]();
});

const ecdsa = '|436207716:ECDSA routines:OPENSSL_internal:BAD_SIGNATURE';
const publicKey = '|184549382:X.509 certificate routines:OPENSSL_internal:public key routines';
const refused =
  '|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: X509_verify_cert: certificate verification error at depth 0: certificate signature failure:TLS_error_end';

/** What a server says of a client's certificate that was changed behind its authority's back. */
function reasonFor(change: (der: Buffer) => void): string {
  const [, , base64 = ''] = certificateBytes('client.pem').toString().split('-----');
  const der = Buffer.from(base64, 'base64');
  change(der);
  const chain = Buffer.from(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`);
  const client = world.client({ certificates: [{ ...certificateOptions('client'), chain }] });
  const server = world.server({ requireClientCertificate: true, validation: validation() });
  return world.connect(server, client).pump().server.socket.failureReason;
}

test('a certificate with another name than was signed: its signature is bad', () => {
  const reason = reasonFor((der) => der.write('C', der.indexOf('client')));
  assert.equal(reason, `TLS_error:${ecdsa}${publicKey}${refused}`);
});

test('a signature that is no pair of numbers is told twice', () => {
  const reason = reasonFor((der) => {
    const tail = der.subarray(-80);
    const sequence = tail.indexOf(Buffer.from([0x00, 0x30]));
    assert.ok(sequence > 0);
    tail[sequence + 1] = 0x31;
  });
  assert.equal(reason, `TLS_error:${ecdsa}${ecdsa}${publicKey}${refused}`);
});

test('of RSA it is told what was wrong with the signature', () => {
  const error = (library: number, reason: number): OpenSslError => ({
    code: 0n,
    library,
    reason,
    libraryText: '',
    reasonText: '',
  });
  const faults = (...errors: readonly OpenSslError[]) => signatureFaults({ code: 7, depth: 0, text: '', errors });
  assert.deepEqual(faults(error(4, 138), error(4, 114), error(57, 1), error(13, 1)), [
    '67108971:RSA routines:OPENSSL_internal:BLOCK_TYPE_IS_NOT_01',
    '67109000:RSA routines:OPENSSL_internal:PADDING_CHECK_FAILED',
    publicKey.slice(1),
  ]);
  assert.deepEqual(faults(error(4, 104)), ['67108969:RSA routines:OPENSSL_internal:BAD_SIGNATURE', publicKey.slice(1)]);
  assert.deepEqual(signatureFaults({ code: 20, depth: 0, text: '', errors: [error(4, 104)] }), []);
});
