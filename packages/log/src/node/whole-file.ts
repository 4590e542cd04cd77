import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Options of {@link writeWhole}. */
export interface WriteWholeOptions {
  /** `new`: only where there is no such file yet. @defaultValue `replace` */
  readonly how?: 'new' | 'replace' | undefined
}

/**
 * Writes a small file so that after a loss of power there is the new one, whole, or what was there before: to a temporary
 * file, to the disk, and only then under its name. For its owner alone. Throws what the file system says; with `new`,
 * EEXIST where there is one.
 */
export function writeWhole(path: string, text: string, options: WriteWholeOptions = {}): void {
  const draft = `${path}.${process.pid}`
  try {
    writeToDisk(draft, text)
    if (options.how === 'new') linkSync(draft, path)
    else renameSync(draft, path)
    syncFolder(dirname(path))
  } finally {
    rmSync(draft, { force: true, recursive: true })
  }
}

function writeToDisk(path: string, text: string): void {
  const descriptor = openSync(path, 'w', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The name itself. Some systems cannot, and keep names in order by themselves. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // Whole it is in any case.
  }
}
