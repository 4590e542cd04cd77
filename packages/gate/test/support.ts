import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a listening server')
  return address
}

/** Waits until a condition holds, looking at every turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
