import type { CustomHeaderConfig as CustomHeaderProto } from '../../../../api/generated/envoy/extensions/http/original_ip_detection/custom_header/v3/custom_header_pb.ts';
import type { OriginalIpDetectionExtension } from '../../../../sdk/extension.ts';
import type { DetectedAddress } from '../../../../sdk/http.ts';
import { IpAddress } from '../../../common/network/address.ts';

export interface CustomHeaderConfig {
  readonly headerName: string;
  readonly trusted: boolean;
  /** Undefined = requests without a good header go on. */
  readonly rejectWithStatus: number | undefined;
}

const MIN_ERROR = 400;
const FORBIDDEN = 403;

/** The address stands in a header of its own. */
export const customHeaderOriginalIpDetection: OriginalIpDetectionExtension<CustomHeaderConfig> = {
  category: 'envoy.http.original_ip_detection',
  name: 'envoy.http.original_ip_detection.custom_header',
  configTypes: ['envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig'],

  parseConfig(message) {
    const config = message as CustomHeaderProto;
    const status = config.rejectWithStatus?.code;
    return Object.freeze({
      headerName: config.headerName.toLowerCase(),
      trusted: config.allowExtensionToSetAddressAsTrusted,
      // As Envoy: what is no error becomes Forbidden.
      rejectWithStatus: status === undefined || status >= MIN_ERROR ? status : FORBIDDEN,
    });
  },

  createOriginalIpDetection({ headerName, trusted, rejectWithStatus }) {
    const missing: DetectedAddress = {
      address: undefined,
      trusted: false,
      reject:
        rejectWithStatus === undefined
          ? undefined
          : { status: rejectWithStatus, details: 'rejecting_because_detection_failed' },
    };
    return {
      detect(headers) {
        const address = IpAddress.parse(headers.get(headerName) ?? '', 0);
        return address === undefined ? missing : { address, trusted, reject: undefined };
      },
    };
  },
};
