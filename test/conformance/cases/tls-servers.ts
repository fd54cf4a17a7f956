/** What TLS of listeners agrees on with its clients: versions, ciphers, curves, signatures, certificates, ALPN, stapling, sessions. */
import { certificateBytes } from '../../harness/certificates.ts';
import type { TlsPeer } from '../../harness/tls-peers.ts';
import type { Suite } from '../case.ts';
import {
  certificate,
  certificates,
  file,
  server as listenerOf,
  pemFiles,
  type Row,
  rowSuite,
  withKeys,
} from './tls-context.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% %DOWNSTREAM_TLS_GROUP% %DOWNSTREAM_LOCAL_SUBJECT% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS%';

const der = (name: string) => `, ocsp_staple: {inline_bytes: ${certificateBytes(`${name}.der`).toString('base64')}}`;

const server = (name: string, common: string, own = ''): string => listenerOf(name, common, own, format);

const ecdsa = certificates('server');
const both = certificates('server', 'server-rsa');
const params = (text: string) => `tls_params: {${text}}`;
const suites = (...names: readonly string[]) => params(`cipher_suites: ${JSON.stringify(names)}`);
const versions = (min: string, max: string) =>
  params(`tls_minimum_protocol_version: ${min}, tls_maximum_protocol_version: ${max}`);

/** OpenSSL speaks the old versions only when it is told to care little. */
const old = (version: TlsPeer['minVersion']): TlsPeer => ({
  minVersion: version as NonNullable<TlsPeer['minVersion']>,
  maxVersion: version as NonNullable<TlsPeer['maxVersion']>,
  ciphers: 'ALL:@SECLEVEL=0',
});
const eachVersion: readonly TlsPeer[] = [old('TLSv1'), old('TLSv1.1'), old('TLSv1.2'), old('TLSv1.3'), {}];
const only = (version: TlsPeer['minVersion']): TlsPeer => ({
  minVersion: version as NonNullable<TlsPeer['minVersion']>,
  maxVersion: version as NonNullable<TlsPeer['maxVersion']>,
});

const versionRows: readonly Row[] = [
  ['vdefault', server('vdefault', both), eachVersion],
  ['vall', server('vall', `${both}, ${versions('TLSv1_0', 'TLSv1_3')}`), eachVersion],
  ['v10', server('v10', `${both}, ${versions('TLSv1_0', 'TLSv1_0')}`), eachVersion],
  ['v11', server('v11', `${both}, ${versions('TLSv1_1', 'TLSv1_1')}`), eachVersion],
  ['v12', server('v12', `${both}, ${versions('TLSv1_2', 'TLSv1_2')}`), eachVersion],
  ['v13', server('v13', `${both}, ${versions('TLSv1_3', 'TLSv1_3')}`), eachVersion],
  ['vauto', server('vauto', `${both}, ${versions('TLS_AUTO', 'TLS_AUTO')}`), eachVersion],
];

const withCiphers = (...lists: readonly string[]): TlsPeer[] =>
  lists.map((ciphers) => ({ ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' }));
const everyCipher = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DHE-RSA-AES128-GCM-SHA256',
] as const;
const cipherRows: readonly Row[] = [
  ['cdefault', server('cdefault', both), withCiphers(...everyCipher)],
  [
    'call',
    server('call', `${both}, ${suites('ALL')}`),
    withCiphers('ALL', ...everyCipher, 'AES128:ALL', 'ECDHE-RSA-AES128-SHA:AES256-SHA:ECDHE-ECDSA-AES256-SHA'),
  ],
  [
    'cone',
    server('cone', `${both}, ${suites('ECDHE-RSA-AES128-SHA')}`),
    [...withCiphers('ALL', 'ECDHE-RSA-AES128-SHA', 'AES128-SHA'), {}],
  ],
  [
    'corder',
    server(
      'corder',
      `${both}, ${suites('AES256-SHA', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256')}`,
    ),
    withCiphers('ALL', 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384', 'AES256-SHA:AES128-SHA'),
  ],
  [
    'cequal',
    server('cequal', `${ecdsa}, ${suites('[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-AES256-GCM-SHA384]')}`),
    withCiphers(
      'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
    ),
  ],
  [
    'cclient',
    server(
      'cclient',
      `${ecdsa}, ${suites('ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384')}`,
      'prefer_client_ciphers: true',
    ),
    withCiphers(
      'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
    ),
  ],
  [
    'crsaonly',
    server('crsaonly', certificates('server-rsa')),
    withCiphers('ALL', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'AES256-SHA'),
  ],
  [
    'cnamed',
    server('cnamed', `${both}, ${suites('ECDHE-RSA-AES128-SHA256', 'HIGH')}`),
    withCiphers(
      'ALL',
      'ECDHE-RSA-AES128-SHA256',
      'CAMELLIA128-SHA:ECDHE-ECDSA-AES256-SHA384:AES128-CCM',
      'AES128-SHA256',
    ),
  ],
  [
    'ctls10',
    server(
      'ctls10',
      `${both}, ${params('tls_minimum_protocol_version: TLSv1_0, tls_maximum_protocol_version: TLSv1_1, cipher_suites: [ECDHE-ECDSA-AES128-SHA, AES128-SHA]')}`,
    ),
    eachVersion,
  ],
  [
    'cnegated',
    server('cnegated', `${both}, ${suites('ALL', '!AES128', '!SHA')}`),
    withCiphers('ALL', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'AES256-SHA'),
  ],
];

const withGroups = (...lists: readonly string[]): TlsPeer[] =>
  lists.flatMap((groups) => [
    { groups, ...only('TLSv1.3') },
    { groups, ...only('TLSv1.2') },
  ]);
const groupLists = ['X25519', 'P-256', 'P-384', 'P-521', 'P-384:X25519', 'X25519:P-256', 'P-256:X25519:P-521'];
const groupRows: readonly Row[] = [
  ['gdefault', server('gdefault', ecdsa), [...withGroups(...groupLists), { groups: 'X25519MLKEM768' }]],
  ['gone', server('gone', `${ecdsa}, ${params('ecdh_curves: [P-384]')}`), withGroups(...groupLists)],
  ['gorder', server('gorder', `${ecdsa}, ${params('ecdh_curves: [P-521, P-256, X25519]')}`), withGroups(...groupLists)],
  [
    'gquantum',
    server('gquantum', `${ecdsa}, ${params('ecdh_curves: [X25519MLKEM768]')}`),
    [{ groups: 'X25519MLKEM768' }, { groups: 'X25519' }, only('TLSv1.2')],
  ],
  [
    'gyields',
    server('gyields', `${ecdsa}, ${params('ecdh_curves: [P-521, P-256, X25519]')}`, 'prefer_client_ciphers: true'),
    [{}, ...withGroups(...groupLists)],
  ],
  [
    'grsa',
    server('grsa', `${certificates('server-rsa')}, ${params('ecdh_curves: [P-384]')}`),
    withGroups('P-256', 'P-384'),
  ],
];

const withSignatures = (...lists: readonly string[]): TlsPeer[] =>
  lists.flatMap((signatures) => [
    { signatures, ...only('TLSv1.3') },
    { signatures, ...only('TLSv1.2') },
  ]);
const signatureLists = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha256',
  'RSA+SHA256',
  'rsa_pss_rsae_sha512:RSA+SHA512',
  'ed25519',
  'ECDSA+SHA512:rsa_pss_rsae_sha384',
];
const signatureRows: readonly Row[] = [
  ['sdefault', server('sdefault', both), withSignatures(...signatureLists)],
  ['srsa', server('srsa', certificates('server-rsa')), withSignatures(...signatureLists)],
  [
    'sone',
    server('sone', `${both}, ${params('signature_algorithms: [rsa_pss_rsae_sha512]')}`),
    withSignatures(...signatureLists),
  ],
  ['sp384', server('sp384', certificates('made/server-p384')), withSignatures(...signatureLists.slice(0, 3))],
  [
    'sed',
    server('sed', certificates('made/server-ed25519')),
    [...withSignatures('ed25519', 'ecdsa_secp256r1_sha256'), {}],
  ],
];

const asks = (sni: string): TlsPeer[] => [
  { sni },
  { sni, ...only('TLSv1.2') },
  { sni, ...only('TLSv1.2'), ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  { sni, ...only('TLSv1.3'), signatures: 'rsa_pss_rsae_sha256' },
];
const names = [
  'a.test',
  'rsa.test',
  'x.b.test',
  'x.y.b.test',
  'b.test',
  'server.example',
  'p384.example',
  'chain.example',
  'A.TEST',
  'nope.test',
  'ed25519.example',
];
const many = certificates(
  'made/server',
  'server-rsa',
  'made/server-p384',
  'server',
  'made/server-chain',
  'made/server-ed25519',
);
const choiceRows: readonly Row[] = [
  ['many', server('many', many), [...names.flatMap(asks), {}, ...asks('a.test')]],
  [
    'manyscan',
    server('manyscan', many, 'full_scan_certs_on_sni_mismatch: true'),
    ['nope.test', 'a.test', 'x.y.b.test'].flatMap(asks),
  ],
  ['rsafirst', server('rsafirst', certificates('server-rsa', 'server')), ['a.test', 'nope.test'].flatMap(asks)],
  [
    'twoalike',
    server('twoalike', certificates('made/server', 'made/server-rsa')),
    ['server.example', 'rsa.example', 'nope.test'].flatMap(asks),
  ],
];

const offers = (...alpn: readonly string[]): TlsPeer => ({ alpn });
const alpnClients = [offers('a', 'b'), offers('b', 'a'), offers('c'), offers('c', 'b'), {}];
const alpnRows: readonly Row[] = [
  ['alpn', server('alpn', `${ecdsa}, alpn_protocols: [b, a]`), alpnClients],
  ['alpncomma', server('alpncomma', `${ecdsa}, alpn_protocols: ["b,a"]`), alpnClients],
  ['noalpn', server('noalpn', ecdsa), alpnClients],
];

const stapled = (name: string, response: string) =>
  `tls_certificates: [${certificate(`made/${name}`, response && der(response))}]`;
const policies = ['LENIENT_STAPLING', 'STRICT_STAPLING', 'MUST_STAPLE'] as const;
const askers: readonly TlsPeer[] = [
  { asksForOcsp: true, ...only('TLSv1.3') },
  { asksForOcsp: true, ...only('TLSv1.2') },
  {},
];
const stapleRows: readonly Row[] = policies.flatMap((policy) =>
  [
    ['valid', 'server', 'server-ocsp'],
    ['expired', 'server', 'server-ocsp-short'],
    ['absent', 'server', ''],
    ['must', 'must-staple', 'must-staple-ocsp'],
  ]
    // Refused when it is configured.
    .filter(([kind]) => policy !== 'MUST_STAPLE' || kind !== 'absent')
    .map(([kind, name, response]): Row => {
      const called = `${policy.slice(0, 4).toLowerCase()}${kind}`;
      return [
        called,
        server(called, stapled(name as string, response as string), `ocsp_staple_policy: ${policy}`),
        askers,
      ];
    }),
);
const twoStapled = (first: string, second: string) =>
  `tls_certificates: [${certificate('made/server', first && der(first))}, ${certificate('made/must-staple', second && der(second))}]`;
const stapleChoice: readonly Row[] = [
  [
    'staplechoice',
    server('staplechoice', twoStapled('server-ocsp-short', 'must-staple-ocsp'), 'ocsp_staple_policy: STRICT_STAPLING'),
    [
      ...askers,
      ...askers.map((peer) => ({ ...peer, sni: 'server.example' })),
      ...askers.map((peer) => ({ ...peer, sni: 'staple.example' })),
    ],
  ],
];

const keep = (name: string, version: TlsPeer['minVersion'], more: Partial<TlsPeer> = {}): TlsPeer => ({
  ...only(version),
  keeps: name,
  ...more,
});
/** A session is made, then resumed twice, each time by the newest. */
const thrice = (name: string, version: TlsPeer['minVersion'], more: Partial<TlsPeer> = {}): TlsPeer[] => [
  keep(name, version, more),
  keep(name, version, { ...more, resumes: name }),
  keep(name, version, { ...more, resumes: name }),
];
const ticketKey = (letter: string) => `{inline_bytes: ${btoa(letter.repeat(80))}}`;
const ticketKeys = (...letters: readonly string[]) =>
  `session_ticket_keys: {keys: [${letters.map(ticketKey).join(', ')}]}`;
const moved = (from: string, version: TlsPeer['minVersion']): TlsPeer =>
  keep(`${from}-moved`, version, { resumes: from });
const asks13 = { certificate: 'made/client' } as const;
const trusting = `${ecdsa}, validation_context: {trusted_ca: ${file('made/ca')}}`;
const sessionRows: readonly Row[] = [
  ['session', server('session', ecdsa), [...thrice('d12', 'TLSv1.2'), ...thrice('d13', 'TLSv1.3')]],
  [
    'nostateless',
    server('nostateless', ecdsa, 'disable_stateless_session_resumption: true'),
    [...thrice('n12', 'TLSv1.2'), ...thrice('n13', 'TLSv1.3')],
  ],
  [
    'nostateful',
    server('nostateful', ecdsa, 'disable_stateful_session_resumption: true'),
    [...thrice('f12', 'TLSv1.2'), ...thrice('f13', 'TLSv1.3')],
  ],
  [
    'neither',
    server('neither', ecdsa, 'disable_stateless_session_resumption: true, disable_stateful_session_resumption: true'),
    [...thrice('b12', 'TLSv1.2'), ...thrice('b13', 'TLSv1.3')],
  ],
  [
    'mutual',
    server('mutual', trusting, 'require_client_certificate: true'),
    [...thrice('m12', 'TLSv1.2', asks13), ...thrice('m13', 'TLSv1.3', asks13)],
  ],
  // Keys that are rotated: what an old one made is good where it still is, and made anew.
  ['keysa', server('keysa', ecdsa, ticketKeys('a')), [...thrice('a12', 'TLSv1.2'), ...thrice('a13', 'TLSv1.3')]],
  ['keysba', server('keysba', ecdsa, ticketKeys('b', 'a')), [moved('a12', 'TLSv1.2'), moved('a13', 'TLSv1.3')]],
  [
    'keysb',
    server('keysb', ecdsa, ticketKeys('b')),
    [
      keep('x', 'TLSv1.2', { resumes: 'a12-moved' }),
      keep('y', 'TLSv1.3', { resumes: 'a13-moved' }),
      keep('z', 'TLSv1.2', { resumes: 'd12' }),
    ],
  ],
  ['keysother', server('keysother', trusting, ticketKeys('b')), [keep('o', 'TLSv1.2', { resumes: 'x' })]],
];

/** What one certificate says of itself, beside another one and alone. */
const certificateParams = (first: string, second: string, more = '') =>
  `tls_certificates: [${certificate('made/server-p384', first && `, ${params(first)}`)}, ${certificate('server-rsa', second && `, ${params(second)}`)}]${more && `, ${params(more)}`}`;
const policy = (name: string) => `compliance_policies: [${name}]`;
const few: readonly TlsPeer[] = [
  {},
  only('TLSv1.2'),
  only('TLSv1.3'),
  ...withCiphers('ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'),
  { signatures: 'rsa_pss_rsae_sha256', ...only('TLSv1.3') },
  { sni: 'rsa.test' },
  { sni: 'rsa.test', ...only('TLSv1.2') },
  { groups: 'P-384' },
  { groups: 'P-384:X25519', ...only('TLSv1.2') },
  { groups: 'X25519', ...only('TLSv1.3') },
];
const probes: readonly TlsPeer[] = [
  ...['P-256', 'P-384', 'X25519MLKEM768', 'MLKEM1024', 'P-384:MLKEM1024'].map((groups) => ({
    groups,
    ...only('TLSv1.3'),
  })),
  ...['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'].map((signatures) => ({
    signatures,
    groups: 'P-384:MLKEM1024',
    ...only('TLSv1.3'),
  })),
  ...['RSA+SHA256', 'RSA+SHA384', 'ECDSA+SHA384'].map((signatures) => ({ signatures, ...only('TLSv1.2') })),
  ...withCiphers(
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
    'AES128-GCM-SHA256',
  ).map((peer) => ({ ...peer, groups: 'P-384' })),
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384'].map((ciphers) => ({
    ciphers,
    groups: 'P-384:MLKEM1024',
    ...only('TLSv1.3'),
  })),
];
const maxOf = (version: string) => `tls_maximum_protocol_version: ${version}`;
const paramRows: readonly Row[] = [
  ['pfirstmax', server('pfirstmax', certificateParams(maxOf('TLSv1_2'), '')), few],
  ['psecondmin', server('psecondmin', certificateParams('', 'tls_minimum_protocol_version: TLSv1_3')), few],
  ['pciphers', server('pciphers', certificateParams('cipher_suites: [ECDHE-ECDSA-AES256-GCM-SHA384]', '')), few],
  ['pcurves', server('pcurves', certificateParams('', 'ecdh_curves: [P-384]', 'ecdh_curves: [X25519]')), few],
  ['psignatures', server('psignatures', certificateParams('', 'signature_algorithms: [rsa_pss_rsae_sha512]')), few],
  ['pwider', server('pwider', certificateParams(maxOf('TLSv1_3'), '', maxOf('TLSv1_2'))), few],
  [
    'palone',
    server(
      'palone',
      `tls_certificates: [${certificate('server', `, ${params(`cipher_suites: [ECDHE-ECDSA-AES256-GCM-SHA384], ecdh_curves: [P-384, P-256], ${maxOf('TLSv1_2')}`)}`)}]`,
    ),
    few,
  ],
  [
    'pbesidepolicy',
    server(
      'pbesidepolicy',
      certificateParams(
        'ecdh_curves: [X25519]',
        'cipher_suites: [ECDHE-RSA-CHACHA20-POLY1305]',
        policy('CNSA1_202603'),
      ),
    ),
    few,
  ],
  [
    'ppolicies',
    server('ppolicies', certificateParams(policy('FIPS_202205'), policy('CNSA2_202603'), 'ecdh_curves: [X25519]')),
    few,
  ],
  ['pcnsa1', server('pcnsa1', certificateParams('', '', policy('CNSA1_202603'))), probes],
  ['pcnsa2', server('pcnsa2', certificateParams('', '', policy('CNSA2_202603'))), probes],
];

const files = pemFiles(
  'made/ca',
  ...withKeys(
    'server',
    'server-rsa',
    'made/server',
    'made/server-rsa',
    'made/server-p384',
    'made/server-ed25519',
    'made/server-chain',
    'made/must-staple',
  ),
);
const suite = (name: string, rows: readonly Row[]): Suite => rowSuite(`tls-server-${name}`, rows, files);

export const tlsServers: readonly Suite[] = [
  suite('versions', versionRows),
  suite('ciphers', cipherRows),
  suite('groups', groupRows),
  suite('signatures', signatureRows),
  suite('choice', choiceRows),
  suite('alpn', alpnRows),
  suite('sessions', sessionRows),
  suite('params', paramRows),
  suite('staples', [...stapleRows, ...stapleChoice]),
];
