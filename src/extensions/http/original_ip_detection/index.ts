export { customHeaderOriginalIpDetection } from './custom-header.ts';
export { xffOriginalIpDetection } from './xff.ts';
