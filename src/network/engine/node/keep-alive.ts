import { readFileSync } from 'node:fs';
import type { KeepAlive } from '../engine.ts';

/** What node:net takes: milliseconds. */
export interface NodeKeepAlive {
  readonly enable: true;
  readonly initialDelay: number;
  readonly interval?: number;
  readonly count?: number;
}

const knobs = { idleSeconds: 'time', intervalSeconds: 'intvl', probes: 'probes' } as const;
/** RFC 1122's two hours, and what kernels add to it. */
const usual: Required<KeepAlive> = { idleSeconds: 7200, intervalSeconds: 75, probes: 9 };

/** The kernel's own settings (tcp(7)), where it shows them. */
export function kernelKeepAlive(readKnob: (name: string) => string = readSysctl): Required<KeepAlive> {
  const read = (knob: keyof KeepAlive): number => {
    try {
      return Number.parseInt(readKnob(`tcp_keepalive_${knobs[knob]}`), 10) || usual[knob];
    } catch {
      return usual[knob];
    }
  };
  return { idleSeconds: read('idleSeconds'), intervalSeconds: read('intervalSeconds'), probes: read('probes') };
}

function readSysctl(name: string): string {
  return readFileSync(`/proc/sys/net/ipv4/${name}`, 'latin1');
}

/** node:net sets all three or none, and has figures of its own for what is left out: the kernel's stand in here. */
export function nodeKeepAlive(options: KeepAlive, kernel: () => Required<KeepAlive>): NodeKeepAlive {
  const { idleSeconds, intervalSeconds, probes } = options;
  if (idleSeconds === undefined && intervalSeconds === undefined && probes === undefined) {
    return { enable: true, initialDelay: 0 };
  }
  const rest = kernel();
  return {
    enable: true,
    initialDelay: (idleSeconds ?? rest.idleSeconds) * 1000,
    interval: (intervalSeconds ?? rest.intervalSeconds) * 1000,
    count: probes ?? rest.probes,
  };
}
