import type { TlsParameters } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import { type CompliancePolicy, type TlsParams, tlsVersions } from '../../../network/tls/tls-options.ts';

/** By the number in the proto; 0 is the default. */
const versions = [undefined, tlsVersions.tls10, tlsVersions.tls11, tlsVersions.tls12, tlsVersions.tls13] as const;
const policies: readonly CompliancePolicy[] = ['FIPS_202205', 'CNSA2_202603', 'CNSA1_202603'];

/** That at most one policy is given is a rule of the proto. */
export function parseTlsParams(params: TlsParameters | undefined): TlsParams {
  const [policy] = params?.compliancePolicies ?? [];
  return {
    minVersion: versions[params?.tlsMinimumProtocolVersion ?? 0],
    maxVersion: versions[params?.tlsMaximumProtocolVersion ?? 0],
    cipherSuites: params?.cipherSuites.join(':') ?? '',
    ecdhCurves: params?.ecdhCurves.join(':') ?? '',
    signatureAlgorithms: params?.signatureAlgorithms.join(':') ?? '',
    compliancePolicy: policy === undefined ? undefined : policies[policy],
  };
}
