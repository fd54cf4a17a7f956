/** What Linux says of a process: https://man7.org/linux/man-pages/man5/proc.5.html */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of this length for user space, whatever its own clock (sysconf(_SC_CLK_TCK) is 100). */
const microsPerTick = 10_000;

export interface CpuTimes {
  readonly userMicros: number;
  readonly systemMicros: number;
}

/** User and system time of all threads, of `/proc/PID/stat`; the command's name may hold blanks and brackets. */
export function parseCpuTimes(stat: string): CpuTimes {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { userMicros: Number(fields[11]) * microsPerTick, systemMicros: Number(fields[12]) * microsPerTick };
}

/** A line of `/proc/PID/status` that counts KiB (`VmRSS`), in bytes; 0 when it is not there. */
export function parseStatusBytes(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return value === undefined ? 0 : Number(value) * 1024;
}

/** CPU time of the process and of its children that live; children of theirs do not matter to a proxy. */
export function cpuTimes(pid: number): CpuTimes {
  let userMicros = 0;
  let systemMicros = 0;
  for (const each of [pid, ...childrenOf(pid)]) {
    const times = parseCpuTimes(readFileSync(`/proc/${each}/stat`, 'utf8'));
    userMicros += times.userMicros;
    systemMicros += times.systemMicros;
  }
  return { userMicros, systemMicros };
}

/** Resident memory of the process and of its children. */
export function residentBytes(pid: number): number {
  const statuses = [pid, ...childrenOf(pid)].map((each) => readFileSync(`/proc/${each}/status`, 'utf8'));
  return statuses.reduce((sum, status) => sum + parseStatusBytes(status, 'VmRSS'), 0);
}

function childrenOf(pid: number): number[] {
  const lists = readdirSync(`/proc/${pid}/task`).map((task) => {
    return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8');
  });
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
}
