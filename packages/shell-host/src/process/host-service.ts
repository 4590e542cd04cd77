import type { Duplex } from 'node:stream'

/** Something else that outlives gateways, in the process of a shell host: a client with the host's secret may use it. */
export interface HostService {
  /** Of letters, digits and dashes. */
  readonly name: string
  /** It has something that must not end: the host stays. */
  readonly isBusy: boolean
  /** A gateway has come. */
  serve(stream: Duplex): void
  /** Ends everything that it has. */
  close(): Promise<void>
}

const BEFORE = '/host/service/'
/** What is said to be spoken after the upgrade. */
export const SERVICE_UPGRADE = 'holdfast-service'

export function servicePath(name: string): string {
  return `${BEFORE}${name}`
}
