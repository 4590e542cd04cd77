import { LocalPrograms, servePrograms } from '@holdfast/acp-host'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { runHostProcess } from './host-process.ts'

/** The agents of a gateway, in a process that outlives it. */
const programs = new LocalPrograms({
  tools: { markName: SHELL_MARK, endTree: (tree, options) => killTree(tree, options) },
})

await runHostProcess('holdfast-agents', [
  {
    name: 'agents',
    get isBusy() {
      return programs.running.length > 0
    },
    serve: (stream) => servePrograms(programs, stream),
    close: () => programs.close(),
  },
])
