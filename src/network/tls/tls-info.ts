import type { CertificateInfo, SslInfo } from '../../../sdk/network.ts';
import type { SslConnection } from '../../native/openssl/ssl-connection.ts';
import { hex, TlsCertificateInfo } from './certificate-info.ts';
import { type CipherName, noCipher } from './session-names.ts';
import { tlsVersions } from './tls-options.ts';
import type { TlsThread } from './tls-thread.ts';

/** How far a peer's certificate was checked. */
export type ValidationStatus = 'NotValidated' | 'Validated' | 'Failed';

const noCertificates: readonly CertificateInfo[] = [];

/** Facts of one connection, taken when its handshake ended, so that they outlive it. */
export class TlsInfo implements SslInfo {
  /** Until one is agreed on, what BoringSSL says then. */
  tlsVersion = 'TLSv1.2';
  tlsGroup = '';
  sni = '';
  alpn = '';
  sessionId = '';
  sessionReused = false;
  local: CertificateInfo | undefined = undefined;
  peerChain: readonly CertificateInfo[] = noCertificates;
  peerIssuer: CertificateInfo | undefined = undefined;
  validation: ValidationStatus = 'NotValidated';
  #cipher: CipherName = noCipher;

  get cipherSuite(): string {
    return this.#cipher.name;
  }

  get cipherSuiteId(): number {
    return this.#cipher.id;
  }

  get peer(): CertificateInfo | undefined {
    return this.peerChain[0];
  }

  get peerCertificatePresented(): boolean {
    return this.peerChain.length > 0;
  }

  get peerCertificateValidated(): boolean {
    return this.validation === 'Validated';
  }

  /** Of a handshake that broke: how far it had come. `version` 0 = none is agreed on, `hasCipher` = far enough for BoringSSL to know its cipher. */
  captureBroken({ names }: TlsThread, connection: SslConnection, version: number, hasCipher: boolean): void {
    if (version !== 0) this.tlsVersion = names.version(version);
    if (!hasCipher) return;
    this.#cipher = names.cipher(connection.cipherSoFar);
    this.tlsGroup = names.group(connection.groupSoFar);
  }

  /** To be called once, while the connection is there. */
  capture({ openSsl, names }: TlsThread, connection: SslConnection): void {
    const facts = connection.facts();
    this.tlsVersion = names.version(facts.version);
    this.#cipher = names.cipher(facts.cipher);
    this.tlsGroup = names.group(facts.group);
    this.sessionReused = facts.reused;
    this.alpn = connection.protocol;
    this.sni = connection.serverName;
    // TLS 1.3 has tickets in the place of sessions.
    if (facts.version < tlsVersions.tls13) this.sessionId = hex(connection.sessionId);
    // Else they were read when they were judged.
    if (this.peerChain.length === 0 && connection.hasPeerCertificate)
      this.peerChain = connection.peerCertificates.map((der) => new TlsCertificateInfo(openSsl, der));
  }
}
