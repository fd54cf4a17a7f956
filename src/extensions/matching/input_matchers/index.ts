export { consistentHashingMatcher } from './consistent-hashing.ts';
export { ipMatcher } from './ip.ts';
export { runtimeFractionMatcher } from './runtime-fraction.ts';
