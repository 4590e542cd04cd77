import { serveShellHost } from '@holdfast/shell-host'

/** Shells in a process of their own. */
const limits = { upgradeBurst: 1_000_000, maxShells: 1_000 }
const served = await serveShellHost({
  folder: process.argv[2] ?? '',
  version: 'bench',
  idleMs: 2_000,
  host: { limits },
})
await served.ended
process.exit(0)
