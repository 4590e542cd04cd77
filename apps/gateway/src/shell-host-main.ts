import { runHostProcess } from './host-process.ts'

await runHostProcess('holdfast-shell-host')
