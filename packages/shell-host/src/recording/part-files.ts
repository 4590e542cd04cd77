import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeCastHeader } from '@holdfast/protocol/shell'
import type { RecordingLimits } from './recording-options.ts'

type Header = Parameters<typeof encodeCastHeader>[0]

const PART = /^\d{4,}\.cast$/

/** The parts of a recording in a folder, in order. */
export async function partsIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => PART.test(name))
  return names
    .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
    .map((name) => join(folder, name))
}

/** The files of one recording: each begins with a header of its own, and only whole lines are in them. */
export class PartFiles {
  readonly #folder: string
  readonly #limits: RecordingLimits
  readonly #header: () => Header
  readonly #began: () => Promise<void>
  #number = 0
  #bytes = 0
  #file: FileHandle | undefined

  /** @param began a part has begun: room is made for the next */
  constructor(folder: string, limits: RecordingLimits, header: () => Header, began: () => Promise<void>) {
    this.#folder = folder
    this.#limits = limits
    this.#header = header
    this.#began = began
  }

  /** Writes lines with their ends; a part ends before one that it has no room for. Rejects with what the file system says. */
  async append(lines: readonly string[]): Promise<void> {
    let batch: Buffer[] = []
    for (const line of lines) {
      const bytes = Buffer.from(line)
      if (this.#bytes + bytes.length > this.#limits.partBytes && this.#file !== undefined) {
        await this.#write(batch)
        batch = []
        await this.end()
      }
      this.#file ??= await this.#begin()
      batch.push(bytes)
      this.#bytes += bytes.length
    }
    await this.#write(batch)
  }

  async sync(): Promise<void> {
    await this.#file?.datasync()
  }

  /** Ends the part: what comes is in another. */
  async end(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.datasync()
    await file?.close()
  }

  async #write(batch: readonly Buffer[]): Promise<void> {
    if (batch.length > 0) await this.#file?.appendFile(Buffer.concat(batch))
  }

  async #begin(): Promise<FileHandle> {
    this.#number += 1
    const file = await open(join(this.#folder, `${String(this.#number).padStart(4, '0')}.cast`), 'ax', 0o600)
    const header = Buffer.from(encodeCastHeader(this.#header()))
    await file.appendFile(header)
    this.#bytes = header.length
    for (const old of (await partsIn(this.#folder)).slice(0, -this.#limits.maxParts)) await rm(old, { force: true })
    await this.#began()
    return file
  }
}
