import { LocalPrograms, servePrograms } from '@holdfast/acp-host'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { runHostProcess } from './host-process.ts'

/** Without a gateway an agent continues for so long: one that is restarted, or whose machine sleeps, is back by then. */
const ORPHAN_MS = 3_600_000

/** The agents of a gateway, in a process that outlives it. */
const programs = new LocalPrograms({
  tools: { markName: SHELL_MARK, endTree: (tree, options) => killTree(tree, options) },
})
let gateways = 0
let orphaned: NodeJS.Timeout | undefined

await runHostProcess('holdfast-agents', [
  {
    name: 'agents',
    get isBusy() {
      return programs.running.length > 0
    },
    serve: (stream) => {
      gateways += 1
      clearTimeout(orphaned)
      stream.once('close', () => {
        gateways -= 1
        if (gateways === 0) orphaned = setTimeout(() => void programs.close(), ORPHAN_MS)
      })
      servePrograms(programs, stream)
    },
    close: () => programs.close(),
  },
])
