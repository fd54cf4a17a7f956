import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CertificateOptions } from '../../src/network/tls/tls-options.ts';

/** Path of a file that `certificates/make.sh` makes. */
export function certificatePath(file: string): string {
  return fileURLToPath(new URL(`./certificates/${file}`, import.meta.url));
}

export function certificateBytes(file: string): Buffer {
  return readFileSync(certificatePath(file));
}

/** A certificate and its key by name, as a configuration of it would be read. */
export function certificateOptions(name: string, more: Partial<CertificateOptions> = {}): CertificateOptions {
  return {
    name: `test_${name}`,
    chain: certificateBytes(`${name}.pem`),
    chainPath: certificatePath(`${name}.pem`),
    key: certificateBytes(`${name}-key.pem`),
    keyPath: certificatePath(`${name}-key.pem`),
    password: new Uint8Array(0),
    pkcs12: new Uint8Array(0),
    pkcs12Path: '',
    ocspStaple: new Uint8Array(0),
    params: undefined,
    ...more,
  };
}
