/** TLS for the peers of a proxy in tests: which certificates there are, and what a handshake came to. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';

/** A certificate with its key, of test/harness/pem or, behind `made/`, of test/harness/certificates. */
export type CertificateName =
  | `made/${string}`
  | 'server'
  | 'server-rsa'
  | 'client'
  | 'client-plain'
  | 'client-deep-chain'
  | 'client-other'
  | 'client-expired';

export interface TlsPeer {
  /** What it presents; a server that is told nothing presents `server`. */
  readonly certificate?: CertificateName;
  /** Of clients: the name to ask for; none when absent. */
  readonly sni?: string;
  readonly alpn?: readonly string[];
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** In OpenSSL's syntax. */
  readonly ciphers?: string;
  /** Of servers: ask for a certificate. */
  readonly asksForCertificate?: boolean;
  /** In OpenSSL's syntax: `X25519:P-256`. */
  readonly groups?: string;
  /** Likewise: `rsa_pss_rsae_sha256:ECDSA+SHA256`. */
  readonly signatures?: string;
  /** Up to TLS 1.2: asks for another handshake once the first one is done. */
  readonly renegotiates?: true;
  /** Bytes (Latin-1) that are sent past TLS, in the clear, once the handshake is done; nothing more is sent after them. */
  readonly spoils?: string;
  /** Of clients: ask for an OCSP response and tell of it. */
  readonly asksForOcsp?: boolean;
  /** Of clients: tell whether a session was resumed and how many came, and keep the last one under this name. */
  readonly keeps?: string;
  /** Of clients: the session to resume, if one has been kept. */
  readonly resumes?: string;
}

/** Sessions that clients have kept, by name. */
export type KeptSessions = Map<string, Buffer>;

/** What both sides agreed on, as one of them sees it. */
export interface Handshake {
  readonly version: string;
  readonly cipher: string;
  /** '' = none. */
  readonly alpn: string;
  /** Of servers: the name that was asked for. */
  readonly sni?: string;
  /** Common name of the peer's certificate; '' = it presented none. */
  readonly peer: string;
  /** Only of clients that ask: digest of the OCSP response; '' = none came. */
  readonly ocsp?: string;
  /** Only of clients that keep sessions. */
  readonly resumed?: boolean;
  readonly sessions?: number;
}

/** A file of test/harness/pem or test/harness/certificates. */
export function pem(name: string): string {
  const path = name.startsWith('made/') ? name.replace('made/', 'certificates/') : `pem/${name}`;
  return readFileSync(new URL(`${path}.pem`, import.meta.url), 'utf8');
}

function credentials(name: CertificateName | undefined): { cert?: string; key?: string } {
  return name === undefined ? {} : { cert: pem(name), key: pem(`${name.replace(/^(client-.*)-chain$/, '$1')}-key`) };
}

function commonOptions(peer: TlsPeer) {
  return {
    ...(peer.alpn === undefined ? {} : { ALPNProtocols: [...peer.alpn] }),
    ...(peer.ciphers === undefined ? {} : { ciphers: peer.ciphers }),
    ...(peer.groups === undefined ? {} : { ecdhCurve: peer.groups }),
    ...(peer.signatures === undefined ? {} : { sigalgs: peer.signatures }),
    minVersion: peer.minVersion ?? 'TLSv1.2',
    maxVersion: peer.maxVersion ?? 'TLSv1.3',
  } as const;
}

export function describeHandshake(socket: TLSSocket): Handshake {
  const { CN } = (socket.getPeerCertificate() as { subject?: { CN?: string } }).subject ?? {};
  const sni = (socket as { servername?: string | false }).servername;
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.standardName ?? '',
    alpn: socket.alpnProtocol || '',
    ...(typeof sni === 'string' ? { sni } : {}),
    peer: CN ?? '',
  };
}

/** Connects and shakes hands; a handshake that fails is seen in the socket's `error` and `close`. */
export async function connectPeer(
  port: number,
  host: string,
  peer: TlsPeer,
  sessions?: KeptSessions,
): Promise<TLSSocket> {
  const socket = connectTcp({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  const session = sessions?.get(peer.resumes ?? '');
  const tlsSocket = connectTls({
    socket,
    ...credentials(peer.certificate),
    ...commonOptions(peer),
    rejectUnauthorized: false,
    ...(peer.asksForOcsp === true ? { requestOCSP: true } : {}),
    ...(session === undefined ? {} : { session }),
    ...(peer.sni === undefined ? {} : { servername: peer.sni }),
  });
  tlsSocket.once('secureConnect', () => misbehave(tlsSocket, peer));
  return tlsSocket;
}

/** By RST, in TLS too, which Node's own `resetAndDestroy()` does not know how to do. */
export function resetPeer(socket: Socket): void {
  const { _parent: beneath } = socket as { _parent?: Socket | null };
  (beneath ?? socket).resetAndDestroy();
}

/** What a peer is told to do once its handshake is done; what comes of it is seen in the socket's `error` and `close`. */
function misbehave(socket: TLSSocket, { renegotiates, spoils }: TlsPeer): void {
  if (renegotiates === true) socket.renegotiate({}, () => undefined);
  if (spoils === undefined) return;
  const { _parent: plain } = socket as unknown as { _parent: Socket };
  // The end of the handshake goes out before.
  setImmediate(() => plain.write(spoils, 'latin1'));
}

/** What a client learns besides, as it asked to; changes as more comes. */
export class ClientNotes {
  readonly #peer: TlsPeer;
  readonly #socket: TLSSocket;
  #ocsp = '';
  #sessions = 0;

  constructor(peer: TlsPeer, socket: TLSSocket, kept: KeptSessions | undefined) {
    this.#peer = peer;
    this.#socket = socket;
    socket.on('OCSPResponse', (response: Buffer | null) => {
      this.#ocsp = response === null ? '' : createHash('sha256').update(response).digest('hex').slice(0, 16);
    });
    socket.on('session', (session) => {
      this.#sessions++;
      if (peer.keeps !== undefined) kept?.set(peer.keeps, session);
    });
  }

  get asHandshake(): Pick<Handshake, 'ocsp' | 'resumed' | 'sessions'> {
    const { asksForOcsp, keeps, resumes } = this.#peer;
    return {
      ...(asksForOcsp === true ? { ocsp: this.#ocsp } : {}),
      ...(keeps === undefined && resumes === undefined
        ? {}
        : { resumed: this.#socket.isSessionReused(), sessions: this.#sessions }),
    };
  }
}

export function createPeerServer(peer: TlsPeer, onSocket: (socket: TLSSocket) => void): Server {
  const options = {
    ...credentials(peer.certificate ?? 'server'),
    ...commonOptions(peer),
    requestCert: peer.asksForCertificate ?? false,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  };
  const server = createServer(options, (socket) => {
    onSocket(socket);
    misbehave(socket, peer);
  });
  server.on('tlsClientError', () => undefined);
  return server;
}
