import type { Gap } from '../../client-protocol.ts'
import type { StreamReader } from './streams.ts'
import type { Progress } from './taken.ts'

/** A reader, and how far it is. */
export interface Attached<In> extends Progress {
  readonly reader: StreamReader<In>
}

const NOBODY: readonly never[] = []

/** The streams that are read: of this life of the connection, and of one that has ended. */
export class Readers<In> {
  /** Those that read now. */
  attached: readonly Attached<In>[] = NOBODY
  /** Their connection has ended, and they are still being read. */
  #leaving: readonly Attached<In>[] = NOBODY

  /** Of all that are being read. */
  get progress(): readonly Progress[] {
    return [...this.attached, ...this.#leaving]
  }

  add(attached: Attached<In>): void {
    this.attached = this.attached.concat(attached)
  }

  /** It wants nothing more. */
  remove(attached: Attached<In>): void {
    this.attached = this.attached.filter((other) => other !== attached)
    this.#leaving = this.#leaving.filter((other) => other !== attached)
  }

  push(message: In, bytes: number): void {
    for (const { reader } of this.attached) reader.push(message, bytes)
  }

  gap(gap: Gap): void {
    for (const { reader } of this.attached) reader.gap(gap)
  }

  /** These end; those that came later stay. */
  end(those: readonly object[], error: unknown): void {
    const ending = this.attached.filter((attached) => those.includes(attached))
    this.attached = this.attached.filter((attached) => !those.includes(attached))
    this.#leaving = [...this.#leaving, ...ending]
    for (const { reader } of ending) reader.end(error)
  }

  /** Another life of the connection begins. */
  forgetLeaving(): void {
    this.#leaving = NOBODY
  }
}
