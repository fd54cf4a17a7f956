export { celMatcher } from './cel.ts';
export { consistentHashingMatcher } from './consistent-hashing.ts';
export { ipMatcher } from './ip.ts';
export { metadataMatcher } from './metadata.ts';
export { runtimeFractionMatcher } from './runtime-fraction.ts';
