/** ClientHellos that lack something, or say it wrongly: the alert in its bytes, the log's reason and the statistics. */
import {
  alpn,
  clientHello,
  extension,
  type HelloParts,
  helloMessage,
  pointFormats,
  prefixed8,
  prefixed16,
  record,
  serverName,
  signatureAlgorithms,
  supportedGroups,
  supportedVersions,
  u16,
} from '../../harness/client-hello.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap } from '../config.ts';
import { certificates, pemFiles, server, withKeys } from './tls-context.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% %REQUESTED_SERVER_NAME% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS%';

const keyShare = (group: number, bytes: number) => u16(group) + prefixed16('\x09'.repeat(bytes));
const keyShares = (...shares: readonly string[]) => extension(51, prefixed16(shares.join('')));

/** By name, in the order in which they are sent. */
const parts = {
  name: serverName('a.test'),
  versions: supportedVersions(0x0304),
  groups: supportedGroups(0x001d, 0x0017),
  signatures: signatureAlgorithms(0x0403, 0x0804),
  shares: keyShares(keyShare(0x001d, 32)),
};
type Changes = Partial<Record<keyof typeof parts | 'more', string>>;
/** Of a hello of TLS 1.3 that would do, other extensions; '' = none. */
const hello = (changes: Changes, rest: HelloParts = {}) =>
  clientHello({ extensions: Object.values({ ...parts, ...changes }), sessionId: 'S'.repeat(32), ...rest });
/** Of one of TLS 1.2. */
const old = (changes: Changes, rest: HelloParts = {}) =>
  hello({ versions: '', shares: '', ...changes }, { cipherSuites: [0xc02b, 0xc02f], ...rest });

const neither = { groups: '', signatures: '' };
const table: readonly (readonly [name: string, hello: string])[] = [
  ['no groups', hello({ groups: '' })],
  ['no signatures', hello({ signatures: '' })],
  ['neither', hello(neither)],
  ['no key shares', hello({ shares: '' })],
  ['no groups, no key shares', hello({ groups: '', shares: '' })],
  ['no signatures, no key shares', hello({ signatures: '', shares: '' })],
  ['nothing but versions', hello({ ...neither, shares: '', name: '' })],
  ['groups unknown', hello({ groups: supportedGroups(0x0a0a), shares: keyShares(keyShare(0x0a0a, 1)) })],
  ['groups unknown, no signatures', hello({ groups: supportedGroups(0x0a0a), signatures: '' })],
  ['groups empty', hello({ groups: supportedGroups() })],
  ['groups of an odd length', hello({ groups: extension(10, '\0\x03\0\x1d\0') })],
  ['signatures unknown', hello({ signatures: signatureAlgorithms(0x0a0a) })],
  ['signatures of TLS 1.2 alone', hello({ signatures: signatureAlgorithms(0x0401, 0x0201) })],
  ['signatures of another key', hello({ signatures: signatureAlgorithms(0x0804) })],
  ['signatures empty', hello({ signatures: signatureAlgorithms() })],
  ['signatures of an odd length', hello({ signatures: extension(13, '\0\x03\x04\x03\x08') })],
  ['a share of a group that is not offered', hello({ groups: supportedGroups(0x0017) })],
  ['a share that is too short', hello({ shares: keyShares(keyShare(0x001d, 31)) })],
  ['a share that is no point', hello({ shares: keyShares(keyShare(0x0017, 65)) })],
  ['two shares of a group', hello({ shares: keyShares(keyShare(0x001d, 32), keyShare(0x001d, 32)) })],
  ['shares cut short', hello({ shares: extension(51, '\0\x28\0\x1d\0\x20') })],
  ['ciphers unknown', hello({}, { cipherSuites: [0x0a0a] })],
  ['ciphers of TLS 1.2 alone', hello({}, { cipherSuites: [0xc02b] })],
  ['no ciphers', hello({}, { cipherSuites: [] })],
  ['versions empty', hello({ versions: supportedVersions() })],
  ['versions unknown', hello({ versions: supportedVersions(0x0a0a, 0x0305) })],
  ['versions too old', hello({ versions: supportedVersions(0x0302, 0x0301) })],
  ['the same extension twice', hello({ more: extension(10, '\0\x02\0\x1d') })],
  ['an unknown extension twice', hello({ more: extension(0x0a0a, '') + extension(0x0a0a, '') })],
  ['extensions after the key of a session', hello({ more: extension(41, '\0\0\0\0') + extension(0x0a0a, '') })],
  [
    'the key of a session without modes',
    hello({ more: extension(41, `\0\x0a\0\x04abcd\0\0\0\0\0\x21\x20${'b'.repeat(32)}`) }),
  ],
  ['compression', hello({}, { compressions: '\x01\0' })],
  ['no compression', hello({}, { compressions: '\x01' })],
  ['compressions empty', hello({}, { compressions: '' })],
  ['a long session id', hello({}, { sessionId: 'S'.repeat(33) })],
  ['a name with a zero', hello({ name: serverName('a\0.test') })],
  ['an empty name', hello({ name: serverName('') })],
  ['a long name', hello({ name: serverName(`${'a'.repeat(256)}.test`) })],
  ['no names', hello({ name: extension(0, '\0\0') })],
  ['a name of another kind', hello({ name: extension(0, prefixed16(`\x01${prefixed16('a.test')}`)) })],
  ['two names', hello({ name: extension(0, prefixed16(`\0${prefixed16('a')}\0${prefixed16('b')}`)) })],
  ['no protocols', hello({ more: extension(16, '\0\0') })],
  ['an empty protocol', hello({ more: alpn('') })],
  ['protocols cut short', hello({ more: extension(16, '\0\x09\x08http/1') })],
  ['point formats without the plain one', hello({ more: extension(11, prefixed8('\x01')) })],
  ['extensions cut short', record(helloMessage().slice(0, -4))],
  ['1.2: no groups', old({ groups: '' })],
  ['1.2: no signatures', old({ signatures: '' })],
  ['1.2: neither', old(neither)],
  ['1.2: groups unknown', old({ groups: supportedGroups(0x0a0a) })],
  ['1.2: groups without the certificate’s', old({ groups: supportedGroups(0x001d) })],
  ['1.2: signatures unknown', old({ signatures: signatureAlgorithms(0x0a0a) })],
  ['1.2: signatures of another key', old({ signatures: signatureAlgorithms(0x0804, 0x0401) })],
  ['1.2: signatures of SHA-1', old({ signatures: signatureAlgorithms(0x0203, 0x0201) })],
  ['1.2: ciphers unknown', old({}, { cipherSuites: [0x0a0a] })],
  ['1.2: ciphers of another key', old({}, { cipherSuites: [0xc02f] })],
  ['1.2: ciphers of TLS 1.3 alone', old({}, { cipherSuites: [0x1301] })],
  ['1.2: no extensions', old({}, { extensions: 'none' })],
  ['1.2: a fallback', old({}, { cipherSuites: [0xc02b, 0x5600] })],
  ['1.2: point formats without the plain one', old({ more: extension(11, prefixed8('\x01')) })],
  ['1.2: renegotiation of what never was', old({ more: extension(0xff01, '\x04abcd') })],
  ['1.2: the version of TLS 1.3', old({ more: pointFormats }, { version: 0x0304, cipherSuites: [0x0a0a] })],
  ['1.2: an unknown major version', old({}, { version: 0x0403, cipherSuites: [0x0a0a] })],
];

export const tlsHellos: Suite = {
  kind: 'traffic',
  name: 'tls-hellos',
  config: bootstrap([server('in', certificates('server'), '', format)], []),
  files: pemFiles(...withKeys('server')),
  onEachEngine: true,
  cases: table.map(
    ([name, send]): Case => ({
      name,
      steps: [{ to: 'in', send, raw: 'close', fin: true, normaliseRaw: 'first-record', logs: ['in'] }],
    }),
  ),
};
