import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Writes a small file so that there is, at any time and after a loss of power, the whole of the new one or what was there
 * before. For its owner alone (0600). Throws what the file system says.
 */
export function writeWhole(file: string, text: string): void {
  const part = `${file}.${process.pid}`
  try {
    const descriptor = openSync(part, 'w', 0o600)
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(part, file)
  } finally {
    rmSync(part, { force: true })
  }
}
