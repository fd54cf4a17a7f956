import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateInUse, CertificatesInUse } from '../../sdk/extension.ts';
import { certificatesJson } from './admin/server/certificates-json.ts';
import { CertificateDirectory, daysUntil } from './certificate-directory.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 0, 1);

function inUse(expirationMs: number, ocspEndMs?: number): CertificateInUse {
  const sans = { dnsSans: ['a.test'], uriSans: ['spiffe://a'], ipSans: ['::1'] };
  return {
    path: '/a.pem',
    certificate: {
      serialNumber: '0a',
      ...sans,
      validFromMs: 0,
      expirationMs,
    } as unknown as CertificateInUse['certificate'],
    ocspResponse: ocspEndMs === undefined ? undefined : { validFromMs: 0, expirationMs: ocspEndMs },
  };
}

function directory(chains: readonly CertificatesInUse[], clusters: readonly CertificatesInUse[]): CertificateDirectory {
  const socket = (config: CertificatesInUse) => ({
    transportSocket: { extension: { certificatesInUse: () => config }, config: undefined },
    transportSocketMatches: [],
  });
  const listener = { config: { filterChains: [...chains.map(socket), { transportSocket: undefined }] } };
  const active = new Map(clusters.map((config, i) => [String(i), { config: socket(config) }]));
  return new CertificateDirectory(
    { active: new Map([['l', listener]]), warming: new Map(), draining: [] } as never,
    { active, warming: new Map() } as never,
  );
}

test('the certificate that expires first counts, of listeners, clusters and authorities', () => {
  const [ten, five, three] = [10, 5, 3].map((days) => inUse(nowMs + days * dayMs + 1000));
  const one = directory([{ authorities: [ten as CertificateInUse], presented: [five as CertificateInUse] }], []);
  assert.equal(one.expiry(nowMs).daysUntilFirstCertExpiring, 5);
  const two = directory(
    [{ authorities: [ten as CertificateInUse], presented: [] }],
    [{ authorities: [three as CertificateInUse], presented: [] }],
  );
  assert.equal(two.expiry(nowMs).daysUntilFirstCertExpiring, 3);
  assert.equal(two.all().length, 2);
});

test('of listeners and clusters in whatever state, each filter chain and each transport socket', () => {
  const names: string[] = [];
  const socket = (name: string) => {
    names.push(name);
    return { extension: { certificatesInUse: () => ({ authorities: [], presented: [], name }) }, config: undefined };
  };
  const listener = (name: string) => ({
    config: {
      filterChains: [{ transportSocket: socket(`${name} first`) }, { transportSocket: socket(`${name} second`) }],
      defaultFilterChain: { transportSocket: socket(`${name} default`) },
    },
  });
  const cluster = (name: string) => ({
    config: {
      transportSocket: socket(name),
      transportSocketMatches: [{ socket: socket(`${name} matched`) }, { socket: socket(`${name} matched, too`) }],
    },
  });
  const all = new CertificateDirectory(
    {
      active: new Map([['a', listener('active')]]),
      warming: new Map([['b', listener('warming')]]),
      draining: [listener('draining')],
    } as never,
    {
      active: new Map([['c', cluster('active cluster')]]),
      warming: new Map([['d', cluster('warming cluster')]]),
    } as never,
  ).all() as unknown as readonly { readonly name: string }[];
  assert.deepEqual(all.map(({ name }) => name).sort(), names.sort());
});

test('nothing is told where there is none', () => {
  const expected = { daysUntilFirstCertExpiring: undefined, secondsUntilFirstOcspResponseExpiring: undefined };
  assert.deepEqual(directory([], []).expiry(nowMs), expected);
});

test('what has expired has no days left', () => {
  assert.equal(daysUntil(nowMs - 1, nowMs), 0);
  assert.equal(daysUntil(nowMs + dayMs - 1, nowMs), 0);
  assert.equal(daysUntil(nowMs + dayMs, nowMs), 1);
});

test('the OCSP response that ends first, unless it says nothing of its end', () => {
  const all = directory([{ authorities: [], presented: [inUse(nowMs, 0), inUse(nowMs, nowMs + 5500)] }], []);
  assert.equal(all.expiry(nowMs).secondsUntilFirstOcspResponseExpiring, 5);
});

test('a page of /certs has names by kind, and what is empty as well', () => {
  const json = certificatesJson({ authorities: [], presented: [inUse(nowMs + dayMs, nowMs)] }, nowMs);
  assert.deepEqual(json, {
    ca_cert: [],
    cert_chain: [
      {
        path: '/a.pem',
        serial_number: '0a',
        subject_alt_names: [{ dns: 'a.test' }, { uri: 'spiffe://a' }, { ip_address: '::1' }],
        days_until_expiration: '1',
        valid_from: '1970-01-01T00:00:00Z',
        expiration_time: '2026-01-02T00:00:00Z',
        ocsp_details: { valid_from: '1970-01-01T00:00:00Z', expiration: '2026-01-01T00:00:00Z' },
      },
    ],
  });
});
