import { session } from './session.ts'

const result = await session('echo one && sleep 0.2 && echo two', (line) => process.stdout.write(`${line}\n`))
process.stdout.write(`the lead answered ${JSON.stringify(result)}\n`)
