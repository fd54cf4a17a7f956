/** TLS for the peers of a proxy in tests: which certificates there are (test/harness/pem), and what a handshake came to. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, createServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';

/** A certificate of test/harness/pem, with its key. */
export type CertificateName =
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
}

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
}

const folder = new URL('pem/', import.meta.url);

/** A file of test/harness/pem. */
export function pem(name: string): string {
  return readFileSync(new URL(`${name}.pem`, folder), 'utf8');
}

function credentials(name: CertificateName | undefined): { cert?: string; key?: string } {
  return name === undefined ? {} : { cert: pem(name), key: pem(`${name.replace(/-chain$/, '')}-key`) };
}

function commonOptions(peer: TlsPeer) {
  return {
    ...(peer.alpn === undefined ? {} : { ALPNProtocols: [...peer.alpn] }),
    ...(peer.ciphers === undefined ? {} : { ciphers: peer.ciphers }),
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
export async function connectPeer(port: number, host: string, peer: TlsPeer): Promise<TLSSocket> {
  const socket = connectTcp({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  return connectTls({
    socket,
    ...credentials(peer.certificate),
    ...commonOptions(peer),
    rejectUnauthorized: false,
    ...(peer.sni === undefined ? {} : { servername: peer.sni }),
  });
}

export function createPeerServer(peer: TlsPeer, onSocket: (socket: TLSSocket) => void): Server {
  const options = {
    ...credentials(peer.certificate ?? 'server'),
    ...commonOptions(peer),
    requestCert: peer.asksForCertificate ?? false,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  };
  const server = createServer(options, onSocket);
  server.on('tlsClientError', () => undefined);
  return server;
}
