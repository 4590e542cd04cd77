import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '@holdfast/log/internals'

const NAME = 'gateway.json'

/** Where the gateway of a data folder is found, and what lets in. */
export interface GatewayAddress {
  /** As clients dial it. */
  readonly url: string
  readonly token: string
  /** Its process. */
  readonly pid: number
}

/** The file in a data folder with the address of its gateway (`--address-file`). */
export function addressFile(folder: string): string {
  return join(folder, NAME)
}

/**
 * Writes it: whole, and for its owner alone. It is there while the gateway has the folder, from before it is ready until it
 * has ended; one that was killed leaves it, and its process is gone. Throws what the file system says.
 */
export function writeAddress(folder: string, address: GatewayAddress): void {
  writeWhole(addressFile(folder), `${JSON.stringify(address)}\n`)
}

/** Its content; `undefined` where there is none, or none that can be read. */
export function readAddress(folder: string): GatewayAddress | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(addressFile(folder), 'utf8'))
    const { url, token, pid }: { readonly [name: string]: unknown } = { ...Object(read) }
    if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number') return undefined
    return { url, token, pid }
  } catch {
    return undefined
  }
}

/** Removes it, where it is still this gateway's. */
export function removeAddress(folder: string, { pid }: Pick<GatewayAddress, 'pid'>): void {
  if (readAddress(folder)?.pid === pid) rmSync(addressFile(folder), { force: true })
}
