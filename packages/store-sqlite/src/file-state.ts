import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Less than this is as good as nothing: an append and what SQLite writes beside it. */
const LEAST_FREE_BYTES = 256 * 1024

interface Identity {
  readonly dev: number
  readonly ino: number
}

/** The files of a store as the folder shows them: what is open may be in no folder any more. */
export class FileState {
  readonly #path: string
  /** By name. The `-wal` is known from the first write on. */
  readonly #known = new Map<string, Identity>()

  constructor(path: string) {
    this.#path = path
    this.isInPlace()
  }

  /** Whether what is open is what a restart would find. */
  isInPlace(): boolean {
    return this.#isSame(this.#path) && this.#isSame(`${this.#path}-wal`)
  }

  /** Why the next write may fail; undefined where nothing speaks for it. */
  doubt(): string | undefined {
    const folder = dirname(this.#path)
    try {
      accessSync(folder, constants.W_OK)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EROFS') return 'the file system is read-only'
    }
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize < LEAST_FREE_BYTES ? 'no space is left on the disk' : undefined
    } catch {
      return undefined
    }
  }

  #isSame(path: string): boolean {
    const known = this.#known.get(path)
    const found = statSync(path, { throwIfNoEntry: false })
    if (known === undefined) {
      if (found !== undefined) this.#known.set(path, { dev: found.dev, ino: found.ino })
      return true
    }
    return found?.ino === known.ino && found.dev === known.dev
  }
}
