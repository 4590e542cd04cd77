import { type Random, randomId } from '@holdfast/contract'
import type { BlobRef } from './chain-record.ts'
import type { Link } from './link.ts'
import type { Place } from './names.ts'

/** Of one message; half of what a server takes where that is less. */
const CHUNK_BYTES = 256 * 1024
const AT_ONCE = 4

/** Texts of any size, in chunks beside the records of their session. A record refers to them, so they change in one step. */
export class Blobs {
  readonly #link: Link
  readonly #random: Random
  readonly #chunkBytes: number

  constructor(link: Link, random: Random) {
    this.#link = link
    this.#random = random
    this.#chunkBytes = Math.min(CHUNK_BYTES, Math.floor(link.maxPayload / 2))
  }

  async put(place: Place, epoch: string, text: string): Promise<BlobRef> {
    const bytes = Buffer.from(text)
    const ref = { id: randomId(this.#random, 16), chunks: Math.ceil(bytes.length / this.#chunkBytes) }
    await inTurns(ref.chunks, async (i) => {
      const chunk = bytes.subarray(i * this.#chunkBytes, (i + 1) * this.#chunkBytes)
      const subject = subjectOf(place, epoch, ref, i)
      await this.#link.publish(place.stream, subject, chunk, { id: subject })
    })
    return ref
  }

  /** Null where a part of it is gone: it was replaced meanwhile. */
  async get(place: Place, epoch: string, ref: BlobRef): Promise<string | null> {
    const chunks: Uint8Array[] = []
    await inTurns(ref.chunks, async (i) => {
      const found = await this.#link.last(place.stream, subjectOf(place, epoch, ref, i))
      if (found !== null) chunks[i] = found.data
    })
    const present = chunks.filter((chunk) => chunk !== undefined)
    return present.length === ref.chunks ? Buffer.concat(present).toString() : null
  }

  /** Space only: what nothing refers to does no harm. */
  async drop(place: Place, epoch: string, ref: BlobRef | undefined): Promise<void> {
    if (ref === undefined) return
    await this.#purge(place, `${place.blobs}.${epoch}.${ref.id}.*`)
  }

  async dropAll(place: Place, epoch: string): Promise<void> {
    await this.#purge(place, `${place.blobs}.${epoch}.>`)
  }

  async #purge({ stream }: Place, filter: string): Promise<void> {
    await this.#link.jsm.streams.purge(stream, { filter }).catch(() => {})
  }
}

function subjectOf(place: Place, epoch: string, ref: BlobRef, i: number): string {
  return `${place.blobs}.${epoch}.${ref.id}.${i}`
}

/** Calls `work` with 0 to `count - 1`, a few at once. */
export async function inTurns(
  count: number,
  work: (i: number) => Promise<void>,
  atOnce: number = AT_ONCE,
): Promise<void> {
  let next = 0
  const reader = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, reader))
}
