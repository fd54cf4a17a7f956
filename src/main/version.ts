/** What Nuncio calls itself where Envoy prints `<revision>/<version>/<status>/<build>/<tls>`. */

/** The Envoy whose behaviour this is. */
export const envoyVersion = { major: 1, minor: 40, patch: 0 } as const;

/** `server.version`: Envoy has its revision's first three bytes there; ours are the letters `nun`. */
export const serverVersionNumber = 0x6e_756e;

/** @param version of package.json */
export function serverVersion(version: string): string {
  return `nuncio-${version}/${envoyVersion.major}.${envoyVersion.minor}.${envoyVersion.patch}/Clean/RELEASE/OpenSSL`;
}

/** The hot restart protocol of Envoy 1.40: what --hot-restart-version and the admin interface print. */
export const hotRestartVersion = '11.104';
